import assert from "node:assert/strict";
import { exportJWK, generateKeyPair, SignJWT } from "@panva/jose";
import { ConfigError } from "../platform/mod.ts";
import { Access, createEndedSessions } from "./access.ts";

Deno.test("an ended session is remembered until its last token has expired, and no other is", () => {
  let now = 0;
  const sessions = createEndedSessions(900_000, { now: () => now });
  sessions.add("s-1");
  assert.equal(sessions.has("s-1"), true);
  assert.equal(sessions.has("s-2"), false);
  // A verified token counts for five seconds beyond its own end.
  now = 905_000;
  assert.equal(sessions.has("s-1"), true);
  now = 960_000;
  assert.equal(sessions.has("s-1"), false);
});

Deno.test("another key set counts at once, for tokens that were verified before too; one that is none changes nothing", async () => {
  const keyOf = async (kid: string) => {
    const { privateKey, publicKey } = await generateKeyPair("EdDSA", { extractable: true });
    const token = await new SignJWT({ sid: "s1" })
      .setProtectedHeader({ alg: "EdDSA", typ: "at+jwt", kid })
      .setIssuer("todo1m").setAudience("todo1m").setSubject("ana").setJti(kid)
      .setIssuedAt().setExpirationTime("1m").sign(privateKey);
    return { jwk: { ...await exportJWK(publicKey), kid }, token };
  };
  const [last, next] = [await keyOf("last"), await keyOf("next")];
  const setOf = (...keys: typeof last[]) => JSON.stringify({ keys: keys.map(({ jwk }) => jwk) });
  const endedSessions = createEndedSessions(1_000);
  const options = { issuer: "todo1m", audience: "todo1m", endedSessions };
  const access = new Access({ jwks: setOf(last), ...options });
  const asks = (key: typeof last) => access.authenticate(`Bearer ${key.token}`, Date.now());
  assert.equal((await asks(last)).userId, "ana");
  await assert.rejects(asks(next));
  access.useKeys(setOf(last, next));
  for (const key of [last, next]) assert.equal((await asks(key)).userId, "ana");
  access.useKeys(setOf(next));
  await assert.rejects(asks(last));
  assert.throws(() => access.useKeys("{"), ConfigError);
  assert.throws(() => access.useKeys('{"keys":[]}'), ConfigError);
  assert.equal((await asks(next)).userId, "ana");
});
