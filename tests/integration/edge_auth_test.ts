/** Accounts, sessions and tokens over HTTP, as an attacker and as a careful client see them. */
import assert from "node:assert/strict";
import {
  calculateJwkThumbprint,
  createLocalJWKSet,
  decodeJwt,
  exportJWK,
  generateKeyPair,
  jwtVerify,
  SignJWT,
} from "@panva/jose";
import { connectNats } from "../../actors/platform/mod.ts";
import { assertProblem, freshName, send, somebody } from "./_edge_client.ts";

const refresh = (refresh_token: string) =>
  send("POST", "/api/v1/auth/refresh", { body: { refresh_token } });

/** The cookie a browser would keep from this answer, as it would send it back. */
function cookieOf(headers: Headers): string {
  const [set = ""] = headers.getSetCookie();
  return set.split(";")[0] ?? "";
}

Deno.test("an access token verifies with the published keys and says what it should", async () => {
  const person = await somebody();
  const { body, headers } = await send("GET", "/.well-known/jwks.json");
  assert.match(headers.get("cache-control") ?? "", /max-age/);
  assert.ok(body.keys.every((key) => !("d" in key)));
  const { payload, protectedHeader } = await jwtVerify(person.token, createLocalJWKSet(body), {
    algorithms: ["EdDSA"],
    typ: "at+jwt",
  });
  assert.equal(typeof protectedHeader.kid, "string");
  assert.equal(payload.sub, person.userId);
  for (const claim of ["iss", "aud", "sid", "jti"]) assert.equal(typeof payload[claim], "string");
  assert.equal((payload.exp ?? 0) - (payload.iat ?? 0), 600);
});

Deno.test("forged tokens are refused alike, whatever is wrong with them", async () => {
  const person = await somebody();
  const [head = "", claims = "", signature = ""] = person.token.split(".");
  const encode = (value: unknown) =>
    btoa(JSON.stringify(value)).replace(/=+$/, "")
      .replaceAll("+", "-").replaceAll("/", "_");
  const header = JSON.parse(atob(head));
  const payload = JSON.parse(atob(claims.replaceAll("-", "+").replaceAll("_", "/")));
  const foreign = await generateKeyPair("EdDSA");
  const jwk = await exportJWK(foreign.publicKey);
  const sign = (fields: Record<string, unknown>) =>
    new SignJWT(payload).setProtectedHeader({ ...header, ...fields }).sign(foreign.privateKey);
  const { body: { keys: [published] } } = await send("GET", "/.well-known/jwks.json");
  const hmac = new SignJWT(payload).setProtectedHeader({ ...header, alg: "HS256" })
    .sign(new TextEncoder().encode(published?.x));
  const forged = [
    `${encode({ ...header, alg: "none" })}.${claims}.`,
    `${encode({ ...header, alg: "None" })}.${claims}.${signature}`,
    `${head}.${encode({ ...payload, sub: "somebody-else" })}.${signature}`,
    `${head}.${claims}.`,
    `${head}.${claims}`,
    `${encode({ ...header, typ: "JWT" })}.${claims}.${signature}`,
    await sign({}),
    await sign({ kid: "another" }),
    await sign({ jwk }),
    await sign({ kid: await calculateJwkThumbprint(jwk), jku: "http://127.0.0.1:1/keys" }),
    await hmac,
    person.refreshToken,
  ];
  for (const token of forged) {
    const refused = await send("GET", "/api/v1/groups", { token });
    assertProblem(refused, 401, "unauthenticated");
    assert.equal(refused.body.error, "invalid token");
    assert.match(refused.body.detail, /sign in for another one$/);
    assert.match(refused.headers.get("www-authenticate") ?? "", /^Bearer/);
  }
});

Deno.test("a token in the query or a cookie is no bearer token", async () => {
  const person = await somebody();
  assertProblem(await send("GET", `/api/v1/groups?token=${person.token}`), 401);
  assertProblem(
    await send("GET", "/api/v1/groups", { headers: { cookie: `token=${person.token}` } }),
    401,
  );
});

Deno.test("of many refreshes of one token at once one succeeds, and the session goes on", async () => {
  const person = await somebody();
  const answers = await Promise.all(Array.from({ length: 10 }, () => refresh(person.refreshToken)));
  const [winner, ...others] = answers.filter(({ status }) => status === 200);
  assert.ok(winner);
  assert.equal(others.length, 0, "one success only");
  for (const answer of answers) if (answer !== winner) assertProblem(answer, 401);
  assert.notEqual(winner.body.refresh_token, person.refreshToken);
  assert.equal((await refresh(winner.body.refresh_token)).status, 200);
});

Deno.test("use of an older token than the direct predecessor ends the session", async () => {
  const person = await somebody();
  const second = (await refresh(person.refreshToken)).body.refresh_token;
  const third = (await refresh(second)).body.refresh_token;
  assertProblem(await refresh(person.refreshToken), 401);
  assertProblem(await refresh(third), 401);
  assertProblem(await refresh(second), 401);
  const other = await send("POST", "/api/v1/auth/login", {
    body: { username: person.username, password: person.password },
  });
  assert.equal(other.status, 200, "other sessions of the user go on");
});

Deno.test("logout ends its session only", async () => {
  const person = await somebody();
  const other = await send("POST", "/api/v1/auth/login", {
    body: { username: person.username, password: person.password },
  });
  const logout = await send("POST", "/api/v1/auth/logout", {
    body: { refresh_token: person.refreshToken },
  });
  assert.equal(logout.status, 204);
  assertProblem(await refresh(person.refreshToken), 401);
  assert.equal((await refresh(other.body.refresh_token)).status, 200);
});

Deno.test("the pages' cookie is out of reach of scripts and of other sites", async () => {
  const username = freshName();
  const created = await send("POST", "/api/v1/auth/register", {
    body: { username, password: "correct horse" },
  });
  const [set = ""] = created.headers.getSetCookie();
  assert.match(set, /; HttpOnly/);
  assert.match(set, /; SameSite=Strict/);
  assert.match(set, /; Path=\/api\/v1\/auth/);
  const cookie = cookieOf(created.headers);
  const withCookie = (headers: Record<string, string>) =>
    send("POST", "/api/v1/auth/refresh", { headers: { cookie, ...headers } });
  assertProblem(await withCookie({}), 403);
  assertProblem(await withCookie({ "sec-fetch-site": "cross-site" }), 403);
  assertProblem(await withCookie({ "sec-fetch-site": "same-site" }), 403);
  assertProblem(await withCookie({ origin: "https://evil.example" }), 403);
  const own = await withCookie({ "sec-fetch-site": "same-origin" });
  assert.equal(own.status, 200);
  assert.equal(own.body.username, username);
  assert.equal("refresh_token" in own.body, false, "what the cookie keeps is not told to scripts");
  const logout = await send("POST", "/api/v1/auth/logout", {
    headers: { cookie: cookieOf(own.headers), "sec-fetch-site": "same-origin" },
  });
  assert.equal(logout.status, 204);
  assert.match(logout.headers.getSetCookie()[0] ?? "", /Max-Age=0/);
  assertProblem(
    await send("POST", "/api/v1/auth/refresh", {
      headers: { cookie: cookieOf(own.headers), "sec-fetch-site": "same-origin" },
    }),
    401,
  );
});

Deno.test("a page of another site cannot choose whose session the cookie keeps", async () => {
  const person = await somebody();
  const credentials = { username: person.username, password: person.password };
  const login = (headers: Record<string, string>) =>
    send("POST", "/api/v1/auth/login", { headers, body: credentials });
  const foreign: Record<string, string>[] = [
    { "sec-fetch-site": "cross-site" },
    { "sec-fetch-site": "same-site" },
    { origin: "https://evil.example" },
    { origin: "null" },
  ];
  for (const headers of foreign) {
    const session = await login(headers);
    assert.equal(session.status, 200);
    assert.deepEqual(session.headers.getSetCookie(), []);
    const { refresh_token } = session.body;
    for (const [path, status] of [["refresh", 200], ["logout", 204]] as const) {
      const answer = await send("POST", `/api/v1/auth/${path}`, {
        headers,
        body: { refresh_token },
      });
      assert.equal(answer.status, status);
      assert.deepEqual(answer.headers.getSetCookie(), []);
    }
    const registered = await send("POST", "/api/v1/auth/register", {
      headers,
      body: { username: freshName(), password: "correct horse" },
    });
    assert.equal(registered.status, 201);
    assert.deepEqual(registered.headers.getSetCookie(), []);
  }
  const own = await login({ "sec-fetch-site": "same-origin" });
  assert.equal(own.headers.getSetCookie().length, 1);
});

Deno.test("an ended session ends at once, on every edge that hears of it", async () => {
  const reads = (token: string) => send("GET", "/api/v1/groups", { token });
  const [left, robbed] = await Promise.all([somebody(), somebody()]);
  const other = await send("POST", "/api/v1/auth/login", {
    body: { username: left.username, password: left.password },
  });
  for (const { token } of [left, robbed]) assert.equal((await reads(token)).status, 200);

  await send("POST", "/api/v1/auth/logout", { body: { refresh_token: left.refreshToken } });
  assertProblem(await reads(left.token), 401, "unauthenticated");
  assert.equal((await reads(other.body.token)).status, 200, "the other session goes on");

  const second = (await refresh(robbed.refreshToken)).body;
  await refresh(second.refresh_token);
  assert.equal((await reads(second.token)).status, 200);
  assertProblem(await refresh(robbed.refreshToken), 401);
  assertProblem(await reads(second.token), 401, "unauthenticated");

  // As another edge would tell it.
  const { sid } = decodeJwt(other.body.token);
  const connection = await connectNats({ url: Deno.env.get("TEST_NATS_URL") ?? "", name: "test" });
  try {
    connection.publish(`auth.session.${sid}.revoked`, "{}");
    await connection.flush();
  } finally {
    await connection.close();
  }
  let answer = await reads(other.body.token);
  for (let i = 0; i < 50 && answer.status === 200; i++) answer = await reads(other.body.token);
  assertProblem(answer, 401, "unauthenticated");
});

Deno.test("names and passwords outside the rules are refused, within them taken", async () => {
  const register = (username: unknown, password: unknown) =>
    send("POST", "/api/v1/auth/register", { body: { username, password } });
  const good = "correct horse";
  for (const name of ["ab", "a".repeat(65), "a b c", "añb", "a/b/c", "a*b", "a>b"]) {
    assertProblem(await register(name, good), 422, "validation");
  }
  assertProblem(await register(freshName(), "x".repeat(201)), 422, "validation");
  assertProblem(await register(freshName(), 12345678), 400);
  assertProblem(await register(["a"], good), 400);
  assertProblem(
    await send("POST", "/api/v1/auth/register", {
      body: { username: freshName(), password: good, role: "admin" },
    }),
    422,
  );
  assert.equal((await register(`${freshName()}.A_b-C`, "пароль с пробелом 🔑")).status, 201);
  assert.equal((await register(freshName(), "x".repeat(200))).status, 201);
});

Deno.test("of two people who take one name at once, one gets it", async () => {
  const username = freshName();
  const answers = await Promise.all(
    Array.from(
      { length: 6 },
      () =>
        send("POST", "/api/v1/auth/register", { body: { username, password: "correct horse" } }),
    ),
  );
  const statuses = answers.map(({ status }) => status).sort();
  assert.deepEqual(statuses, [201, 409, 409, 409, 409, 409]);
});
