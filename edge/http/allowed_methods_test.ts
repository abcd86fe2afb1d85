import assert from "node:assert/strict";
import { allowedMethods } from "./allowed_methods.ts";
import type { PublicRoute } from "./route.ts";

const route = (method: PublicRoute["method"], path: string): PublicRoute => ({
  method,
  path,
  access: "public",
  handle: () => new Response(),
});
const methodsOf = allowedMethods([
  route("GET", "/groups"),
  route("POST", "/groups"),
  route("DELETE", "/groups/:group_id"),
  route("GET", "/.well-known/jwks.json"),
]);

Deno.test("the methods of every matching route are listed, HEAD with GET and OPTIONS always", () => {
  assert.deepEqual(methodsOf("/groups"), ["GET", "HEAD", "POST", "OPTIONS"]);
  assert.deepEqual(methodsOf("/groups/g1"), ["DELETE", "OPTIONS"]);
});

Deno.test("a path without route has none", () => {
  assert.deepEqual(methodsOf("/groups/g1/more"), []);
  assert.deepEqual(methodsOf("/Xwell-known/jwksXjson"), []);
});
