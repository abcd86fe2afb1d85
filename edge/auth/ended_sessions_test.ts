import assert from "node:assert/strict";
import type { Caller } from "../http/mod.ts";
import { bearerAuthentication } from "./authenticate.ts";
import { EndedSessions } from "./ended_sessions.ts";

Deno.test("an ended session is remembered for as long as a token of it can live, no longer", () => {
  let now = 0;
  const ended = new EndedSessions(1_000, () => now);
  ended.add("a");
  now = 600;
  ended.add("a");
  ended.add("b");
  assert.deepEqual([ended.has("a"), ended.has("b"), ended.has("c")], [true, true, false]);
  now = 1_100;
  ended.add("c");
  assert.deepEqual([ended.has("a"), ended.has("b"), ended.size], [false, true, 2]);
});

Deno.test("a flood of ends does not fill the memory", () => {
  const ended = new EndedSessions(1_000, () => 0);
  for (let i = 0; i < 200_010; i++) ended.add(`s${i}`);
  assert.equal(ended.size, 200_000);
  assert.deepEqual([ended.has("s9"), ended.has("s10"), ended.has("s200009")], [false, true, true]);
});

Deno.test("a token of an ended session is refused, verified before or only now", async () => {
  const caller: Caller = { userId: "ana", username: "ana", sessionId: "s", expiresAt: 1 };
  const ended = new EndedSessions(1_000);
  const request = new Request("http://edge/", { headers: { authorization: "Bearer t" } });
  const known = bearerAuthentication({ verify: () => caller }, ended);
  const fresh = bearerAuthentication({ verify: () => Promise.resolve(caller) }, ended);
  assert.equal(known(request), caller);
  assert.equal(await fresh(request), caller);
  ended.add("s");
  assert.throws(() => known(request), /invalid token/);
  await assert.rejects(async () => await fresh(request), /invalid token/);
});
