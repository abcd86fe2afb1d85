/** What the auth endpoints do when things go wrong, on a real Postgres with small quotas. */
import assert from "node:assert/strict";
import { exportJWK, generateKeyPair } from "@panva/jose";
import {
  connectPostgres,
  createMetrics,
  logger,
  TrustedProxies,
} from "../../actors/platform/mod.ts";
import { scratchDatabase } from "../../dev/mod.ts";
import { createEdge, type Edge } from "../app.ts";
import { RateLimiter, Telemetry } from "../http/mod.ts";
import { documented } from "../openapi/mod.ts";
import { type AuthSettings, createAuth } from "./mod.ts";

type Post = (path: string, body: unknown, peer?: string) => Promise<Response>;

async function withAuth(
  run: (post: Post, ended: string[]) => Promise<void>,
  changes: { quotas?: Partial<AuthSettings["quotas"]>; hashQueue?: number; grace?: number } = {},
): Promise<void> {
  const server = Deno.env.get("TEST_DATABASE_URL");
  assert.ok(server, "TEST_DATABASE_URL names the Postgres for tests");
  await using database = await scratchDatabase(server);
  const sql = connectPostgres(database.url, { name: "test", max: 4 });
  const { privateKey } = await generateKeyPair("EdDSA", { extractable: true });
  const none = { limit: 0, windowSeconds: 60 };
  const ended: string[] = [];
  const metrics = createMetrics("test");
  const proxies = new TrustedProxies([]);
  const auth = await createAuth({
    settings: {
      production: true,
      signingKey: JSON.stringify(await exportJWK(privateKey)),
      otherKeys: "",
      issuer: "todo1m",
      audience: "todo1m",
      accessTokenSeconds: 60,
      refreshTokenSeconds: 600,
      sessionSeconds: 6_000,
      refreshGraceSeconds: changes.grace ?? 10,
      refuseCommonPasswords: true,
      hashConcurrency: 2,
      hashQueue: changes.hashQueue ?? 100,
      quotas: { auth: none, loginFailures: none, ...changes.quotas },
    },
    limiter: (name, quota) => new RateLimiter(name, quota),
    sql,
    metrics,
    proxies,
    onLimited: () => {},
    announce: (subject) => ended.push(subject),
  });
  const edge: Edge = createEdge({
    routes: documented(auth.routes),
    authenticate: auth.authenticate,
    proxies,
    onLimited: () => {},
    corsOrigins: [],
    telemetry: new Telemetry(metrics, logger("edge.test")),
    log: logger("edge.test"),
  });
  try {
    await run((path, body, peer = "203.0.113.7") =>
      edge(
        new Request(`http://edge/api/v1/auth/${path}`, {
          method: "POST",
          body: JSON.stringify(body),
        }),
        peer,
      ), ended);
  } finally {
    await sql.end();
  }
}

Deno.test("guessing one account's password from one place is stopped; others go on", async () => {
  await withAuth(async (post) => {
    const password = "correct horse";
    for (const username of ["ana", "ben"]) await post("register", { username, password });
    const guess = (peer?: string) => post("login", { username: "ana", password: "wrong" }, peer);
    for (let i = 0; i < 3; i++) assert.equal((await guess()).status, 401);
    const stopped = await guess();
    assert.equal(stopped.status, 429);
    assert.ok(Number(stopped.headers.get("retry-after")) >= 1);
    const right = { username: "ana", password };
    assert.equal((await post("login", right)).status, 429, "not even the right one is evaluated");
    assert.equal((await post("login", right, "198.51.100.1")).status, 200, "the owner gets in");
    assert.equal((await post("login", { username: "ben", password })).status, 200);
  }, { quotas: { loginFailures: { limit: 3, windowSeconds: 60 } } });
});

Deno.test("a password that is guessed first is refused with the place it was sent at", async () => {
  await withAuth(async (post) => {
    const refused = await post("register", { username: "ana", password: "Password123" });
    assert.equal(refused.status, 422);
    const { detail, errors } = await refused.json();
    assert.match(detail, /most used/);
    assert.equal(errors[0]?.pointer, "/password");
    const other = await post("register", { username: "ana", password: "tea kettle by the sea" });
    assert.equal(other.status, 201, "and the name is still free");
  });
});

Deno.test("the quota of an address covers all of auth", async () => {
  await withAuth(async (post) => {
    const statuses: number[] = [];
    for (const path of ["login", "refresh", "logout", "register"]) {
      statuses.push((await post(path, {})).status);
    }
    assert.deepEqual(statuses, [400, 400, 429, 429]);
    assert.equal((await post("login", {}, "198.51.100.1")).status, 400);
  }, { quotas: { auth: { limit: 2, windowSeconds: 60 } } });
});

Deno.test("a crowd at the door is told to come back instead of taking all memory", async () => {
  await withAuth(async (post) => {
    const answers = await Promise.all(
      Array.from(
        { length: 8 },
        (_, i) => post("register", { username: `user${i}`, password: "correct horse" }),
      ),
    );
    const refused = answers.filter(({ status }) => status === 503);
    assert.ok(refused.length >= 1 && refused.length <= 4, `${refused.length} refused`);
    for (const answer of refused) assert.equal(answer.headers.get("retry-after"), "1");
    assert.ok(answers.every(({ status }) => status === 201 || status === 503));
  }, { hashQueue: 2 });
});

Deno.test("the end of a session is announced, by logout and by theft", async () => {
  await withAuth(async (post, ended) => {
    const register = await post("register", { username: "ana", password: "correct horse" });
    assert.match(register.headers.get("set-cookie") ?? "", /^__Secure-.*; Secure$/);
    const { refresh_token } = await register.json();
    await post("refresh", { refresh_token });
    await post("refresh", { refresh_token });
    assert.equal(ended.length, 1);
    assert.match(ended[0] ?? "", /^auth\.session\.[0-9a-f-]{36}\.revoked$/);
    const login = await post("login", { username: "ana", password: "correct horse" });
    await post("logout", { refresh_token: (await login.json()).refresh_token });
    assert.equal(ended.length, 2);
  }, { grace: 0 });
});
