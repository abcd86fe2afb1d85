import assert from "node:assert/strict";
import { newId } from "../../actors/protocol/mod.ts";
import { formatToken, sessionOf } from "./_refresh_token.ts";

Deno.test("a refresh token names its session, or none, and nothing else is one", () => {
  const secret = crypto.getRandomValues(new Uint8Array(32));
  for (const sessionId of [newId(), crypto.randomUUID(), null]) {
    const token = formatToken(sessionId, secret);
    assert.match(token, sessionId ? /^[\w-]{65}$/ : /^[\w-]{43}$/);
    assert.equal(sessionOf(token), sessionId);
    for (const other of [`${token}x`, token.slice(1), `${token.slice(0, -1)}=`, ` ${token}`]) {
      assert.equal(sessionOf(other), undefined, other);
    }
  }
  assert.equal(sessionOf(""), undefined);
});
