import assert from "node:assert/strict";
import { decodeProtectedHeader, exportJWK, generateKeyPair, SignJWT } from "@panva/jose";
import { ProblemError } from "../../actors/protocol/mod.ts";
import { ConfigError } from "../../actors/platform/mod.ts";
import { bearerAuthentication, tokenCheck } from "./authenticate.ts";
import { createEndedSessions } from "./ended_sessions.ts";
import { importOtherKeys, importSigningKey } from "./signing_keys.ts";
import { AccessTokens } from "./tokens.ts";

const OPTIONS = { issuer: "todo1m", audience: "todo1m", lifetimeSeconds: 900 };
const ANA = { userId: "ana-id", username: "ana", sessionId: "session-1" };

async function newKey() {
  const { privateKey } = await generateKeyPair("EdDSA", { extractable: true });
  return await importSigningKey(JSON.stringify(await exportJWK(privateKey)));
}

async function refusalOf(verify: () => unknown): Promise<string> {
  try {
    await verify();
  } catch (error) {
    if (error instanceof ProblemError) return error.problem.code;
    throw error;
  }
  return "accepted";
}

Deno.test("a token says who sent it, the second time without a signature check", async () => {
  const tokens = new AccessTokens({ key: await newKey(), ...OPTIONS });
  const token = await tokens.sign(ANA);
  const caller = await tokens.verify(token);
  assert.equal(caller.userId, "ana-id");
  assert.equal(caller.username, "ana");
  assert.equal(caller.sessionId, "session-1");
  assert.equal(tokens.verify(token), caller);
});

Deno.test("an expired token is told apart, also when it was known before", async () => {
  const key = await newKey();
  const tokens = new AccessTokens({ key, ...OPTIONS, lifetimeSeconds: -60 });
  assert.equal(await refusalOf(async () => tokens.verify(await tokens.sign(ANA))), "token-expired");
  const short = new AccessTokens({ key, ...OPTIONS, lifetimeSeconds: -4 });
  const token = await short.sign(ANA);
  await short.verify(token);
  await new Promise((resolve) => setTimeout(resolve, 1_100));
  assert.equal(await refusalOf(() => short.verify(token)), "token-expired");
});

Deno.test("while the key is changed, tokens of the last one and of the next are accepted", async () => {
  const [last, now, next] = [await newKey(), await newKey(), await newKey()];
  const set = { keys: [last, now, next].map(({ publicJwk }) => publicJwk) };
  const otherKeys = await importOtherKeys(JSON.stringify(set), now);
  assert.deepEqual(otherKeys.map(({ kid }) => kid), [last.kid, next.kid]);
  const tokens = new AccessTokens({ key: now, otherKeys, ...OPTIONS });
  for (const key of [last, now, next]) {
    const token = await new AccessTokens({ key, ...OPTIONS }).sign(ANA);
    assert.equal((await tokens.verify(token)).userId, ANA.userId);
  }
  const without = new AccessTokens({ key: now, ...OPTIONS });
  const token = await new AccessTokens({ key: last, ...OPTIONS }).sign(ANA);
  assert.equal(await refusalOf(() => without.verify(token)), "unauthenticated");
});

Deno.test("another key signs at once; tokens of the last one count as long as it is in the set", async () => {
  const [last, next] = [await newKey(), await newKey()];
  const tokens = new AccessTokens({ key: last, ...OPTIONS });
  const [early, unseen] = [await tokens.sign(ANA), await tokens.sign(ANA)];
  await tokens.verify(early);
  tokens.useKeys({ key: next, otherKeys: [last] });
  assert.deepEqual(tokens.keys.map(({ kid }) => kid), [next.kid, last.kid]);
  const late = await tokens.sign(ANA);
  assert.equal(decodeProtectedHeader(late).kid, next.kid);
  for (const token of [early, late]) assert.equal((await tokens.verify(token)).userId, ANA.userId);
  tokens.useKeys({ key: next });
  // Whether it was verified before or not.
  for (const token of [early, unseen]) {
    assert.equal(await refusalOf(() => tokens.verify(token)), "unauthenticated");
  }
  assert.equal((await tokens.verify(late)).userId, ANA.userId);
});

Deno.test("a key set that is none, or gives one id to two keys, stops the start", async () => {
  const [now, other] = [await newKey(), await newKey()];
  assert.deepEqual(await importOtherKeys("", now), []);
  const twin = { ...other.publicJwk, kid: now.kid };
  for (const text of ["{", "[]", "{}", '{"keys":[{}]}', JSON.stringify({ keys: [twin] })]) {
    await assert.rejects(importOtherKeys(text, now), ConfigError);
  }
});

Deno.test("tokens of another issuer, audience, type or key, or without a claim, are refused", async () => {
  const key = await newKey();
  const tokens = new AccessTokens({ key, ...OPTIONS });
  const others = [
    new AccessTokens({ key, ...OPTIONS, issuer: "other" }),
    new AccessTokens({ key, ...OPTIONS, audience: "other" }),
    new AccessTokens({ key: await newKey(), ...OPTIONS }),
  ];
  for (const other of others) {
    const token = await other.sign(ANA);
    assert.equal(await refusalOf(() => tokens.verify(token)), "unauthenticated");
  }
  const now = Math.floor(Date.now() / 1000);
  const whole = {
    iss: "todo1m",
    aud: "todo1m",
    sub: "ana-id",
    sid: "s",
    username: "ana",
    jti: "j",
    iat: now,
    exp: now + 60,
  };
  const header = { alg: "EdDSA", typ: "at+jwt", kid: key.kid };
  const sign = (claims: Record<string, unknown>, head = header) =>
    new SignJWT(claims).setProtectedHeader(head).sign(key.privateKey);
  assert.equal(await refusalOf(async () => tokens.verify(await sign(whole))), "accepted");
  for (const claim of Object.keys(whole)) {
    const { [claim as keyof typeof whole]: _, ...rest } = whole;
    const token = await sign(rest);
    assert.equal(await refusalOf(() => tokens.verify(token)), "unauthenticated", claim);
  }
  const wrongClaims = [{ sub: "a.b" }, { nbf: now + 600 }, { sub: 5 }];
  for (const claims of wrongClaims) {
    const token = await sign({ ...whole, ...claims });
    assert.equal(await refusalOf(() => tokens.verify(token)), "unauthenticated");
  }
  const untyped = await sign(whole, { ...header, typ: "JWT" });
  assert.equal(await refusalOf(() => tokens.verify(untyped)), "unauthenticated");
  const huge = await sign({ ...whole, more: "x".repeat(5_000) });
  assert.equal(await refusalOf(() => tokens.verify(huge)), "unauthenticated");
});

Deno.test("only a bearer token in the Authorization field counts", async () => {
  const tokens = new AccessTokens({ key: await newKey(), ...OPTIONS });
  const token = await tokens.sign(ANA);
  const authenticate = bearerAuthentication(tokenCheck(tokens, createEndedSessions(1)));
  const from = (authorization: string) =>
    authenticate(new Request("http://edge/", { headers: { authorization } }));
  assert.equal((await from(`Bearer ${token}`)).userId, "ana-id");
  assert.equal((await from(`bearer  ${token}`)).userId, "ana-id");
  for (const field of ["", "Bearer", "Bearer ", `Basic ${token}`, token]) {
    assert.equal(await refusalOf(() => from(field)), "unauthenticated", field);
  }
});

Deno.test("a signing key that is none stops the start and is not repeated", async () => {
  for (const text of ["", "{}", "secret-text", '{"kty":"oct","k":"secret-text"}']) {
    await assert.rejects(
      importSigningKey(text),
      (error) => error instanceof ConfigError && !error.message.includes("secret-text"),
    );
  }
});
