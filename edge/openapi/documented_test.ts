import assert from "node:assert/strict";
import { RateLimiter, type Route } from "../http/mod.ts";
import { documented } from "./documented.ts";
import type { Operation } from "./operation.ts";

const SOMETHING: Operation = {
  operationId: "something",
  tag: "Tests",
  summary: "Something",
  description: "Does something",
  security: "none",
  successes: { 200: { description: "Done" } },
};
const open: Route = {
  method: "GET",
  path: "/there",
  access: "public",
  handle: () => new Response(),
};

Deno.test("a route gets what is said of it", () => {
  const [route] = documented([open], { "GET /there": SOMETHING });
  assert.equal(route?.documentation, SOMETHING);
  assert.equal(route?.handle, open.handle);
});

Deno.test("a route of which nothing is said is not served", () => {
  const others = { "POST /there": SOMETHING, "GET /elsewhere": SOMETHING };
  assert.throws(() => documented([open], others), /"GET \/there".*does not describe it/);
});

Deno.test("a route that needs a user is not served as if it did not", () => {
  const quota = new RateLimiter("test", { limit: 0, windowSeconds: 60 });
  const guarded: Route = { ...open, access: "user", quota, handle: () => new Response() };
  const unguarded = { "GET /there": SOMETHING };
  assert.throws(() => documented([guarded], unguarded), /does not say that it needs a user/);
  documented([guarded], { "GET /there": { ...SOMETHING, security: "user" } });
});
