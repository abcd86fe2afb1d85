import assert from "node:assert/strict";
import type { Caller } from "../http/mod.ts";
import { bearerAuthentication, tokenCheck } from "./authenticate.ts";
import { createEndedSessions } from "./ended_sessions.ts";

Deno.test("a token of an ended session is refused, verified before or only now", async () => {
  const caller: Caller = { userId: "ana", username: "ana", sessionId: "s", expiresAt: 1 };
  const ended = createEndedSessions(1);
  const request = new Request("http://edge/", { headers: { authorization: "Bearer t" } });
  const known = bearerAuthentication(tokenCheck({ verify: () => caller }, ended));
  const fresh = bearerAuthentication(
    tokenCheck({ verify: () => Promise.resolve(caller) }, ended),
  );
  assert.equal(known(request), caller);
  assert.equal(await fresh(request), caller);
  ended.add("s");
  assert.throws(() => known(request), /session has ended/);
  await assert.rejects(async () => await fresh(request), /session has ended/);
});
