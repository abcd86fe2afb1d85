/** What the auth endpoints do when things go wrong, on a real Postgres with small quotas. */
import assert from "node:assert/strict";
import { exportJWK, generateKeyPair } from "@panva/jose";
import {
  connectPostgres,
  createMetrics,
  logger,
  pause,
  type Sql,
  TrustedProxies,
} from "../../actors/platform/mod.ts";
import { scratchDatabase } from "../../dev/mod.ts";
import { createEdge, type Edge } from "../app.ts";
import { Attempts, RateLimiter, Telemetry } from "../http/mod.ts";
import { documented } from "../openapi/mod.ts";
import { type AuthSettings, createAuth } from "./mod.ts";

type Post = (path: string, body: unknown, peer?: string) => Promise<Response>;

async function withAuth(
  run: (post: Post, ended: string[], sql: Sql) => Promise<void>,
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
      signingKey: { text: JSON.stringify(await exportJWK(privateKey)) },
      otherKeys: { text: "" },
      issuer: "todo1m",
      audience: "todo1m",
      accessTokenSeconds: 60,
      refreshTokenSeconds: 600,
      sessionSeconds: 6_000,
      refreshGraceSeconds: changes.grace ?? 10,
      refuseCommonPasswords: true,
      hashConcurrency: 2,
      hashQueue: changes.hashQueue ?? 100,
      quotas: { auth: none, loginFailures: none, accountFailures: none, ...changes.quotas },
    },
    limiter: (name, quota) => new RateLimiter(name, quota),
    attempts: (name, quota) => new Attempts(name, quota),
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
    await run(
      (path, body, peer = "203.0.113.7") =>
        edge(
          new Request(`http://edge/api/v1/auth/${path}`, {
            method: "POST",
            headers: { "content-type": "application/json" },
            body: JSON.stringify(body),
          }),
          peer,
        ),
      ended,
      sql,
    );
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
    const seconds = Number(stopped.headers.get("retry-after"));
    assert.ok(seconds >= 1);
    assert.equal(stopped.headers.get("ratelimit"), `"login-failures";r=0;t=${seconds}`);
    assert.equal(stopped.headers.get("ratelimit-policy"), '"login-failures";q=3;w=60');
    const told =
      /^Too many wrong passwords .* this one was not looked at, try again in (\d+) seconds$/;
    assert.equal(told.exec((await stopped.json()).detail)?.[1], `${seconds}`);
    const right = { username: "ana", password };
    assert.equal((await post("login", right)).status, 429, "not even the right one is evaluated");
    assert.equal((await post("login", right, "198.51.100.1")).status, 200, "the owner gets in");
    assert.equal((await post("login", { username: "ben", password })).status, 200);
  }, { quotas: { loginFailures: { limit: 3, windowSeconds: 60 } } });
});

Deno.test("the addresses of one network are one place, and the wait grows with every further failure", async () => {
  await withAuth(async (post) => {
    const guess = (peer: string) => post("login", { username: "ana", password: "wrong" }, peer);
    for (const peer of ["203.0.113.7", "203.0.113.8"]) {
      assert.equal((await guess(peer)).status, 401);
    }
    const waits: number[] = [];
    for (let i = 9; i < 12; i++) {
      const stopped = await guess(`203.0.113.${i}`);
      assert.equal(stopped.status, 429);
      const seconds = Number(stopped.headers.get("retry-after"));
      waits.push(seconds);
      await pause(seconds * 1_000);
      assert.equal((await guess(`203.0.113.${i}`)).status, 401);
    }
    assert.deepEqual(waits, [1, 2, 4]);
    assert.equal((await guess("203.0.114.7")).status, 401, "another network");
  }, { quotas: { loginFailures: { limit: 2, windowSeconds: 2 } } });
});

Deno.test("guesses from many networks are stopped, for a name that nobody has too; the owner gets in where they have signed in", async () => {
  await withAuth(async (post) => {
    const password = "correct horse";
    const right = { username: "ana", password };
    await post("register", right, "198.51.100.1");
    await post("register", { username: "ben", password }, "198.51.100.1");
    for (const username of ["ana", "nobody"]) {
      const statuses: number[] = [];
      for (let i = 0; i < 8; i++) {
        const answer = await post("login", { username, password: "wrong" }, `203.0.${i}.7`);
        statuses.push(answer.status);
      }
      assert.deepEqual(statuses, [401, 401, 401, 401, 401, 429, 429, 429], username);
    }
    assert.equal((await post("login", right, "192.0.2.1")).status, 429, "from nowhere known");
    assert.equal((await post("login", right, "198.51.100.77")).status, 200, "from where they were");
    const ben = { username: "ben", password };
    assert.equal((await post("login", ben, "192.0.2.1")).status, 200, "others are not concerned");
  }, { quotas: { accountFailures: { limit: 5, windowSeconds: 60 } } });
});

Deno.test("of guesses at once from many networks no more are evaluated than may fail", async () => {
  await withAuth(async (post) => {
    await post("register", { username: "ana", password: "correct horse" });
    const answers = await Promise.all(
      Array.from(
        { length: 40 },
        (_, i) => post("login", { username: "ana", password: "wrong" }, `10.0.${i}.7`),
      ),
    );
    assert.equal(answers.filter(({ status }) => status === 401).length, 5);
    assert.equal(answers.filter(({ status }) => status === 429).length, 35);
  }, { quotas: { accountFailures: { limit: 5, windowSeconds: 60 } } });
});

Deno.test("a session is kept with a hash of its network, which its later tokens have too, and without any address", async () => {
  await withAuth(async (post, _ended, sql) => {
    const credentials = { username: "ana", password: "correct horse" };
    const { refresh_token } = await (await post("register", credentials, "198.51.100.1")).json();
    await post("refresh", { refresh_token }, "192.0.2.1");
    await post("login", credentials, "203.0.113.7");
    const rows = await sql<{ hash: string; row: string }[]>`
      select encode(network_hash, 'hex') as hash, row_to_json(t)::text as row
      from refresh_tokens t order by created_at`;
    assert.equal(rows.length, 3);
    assert.equal(rows[0]?.hash.length, 64);
    assert.equal(rows[1]?.hash, rows[0]?.hash);
    assert.notEqual(rows[2]?.hash, rows[0]?.hash);
    for (const { row } of rows) assert.doesNotMatch(row, /198\.51|192\.0\.2|203\.0\.113/);
  });
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

Deno.test("logins and registrations of an address share a quota, which keeps nobody from going on or out", async () => {
  await withAuth(async (post) => {
    const statuses: number[] = [];
    for (const path of ["login", "register", "login", "register", "refresh", "logout"]) {
      statuses.push((await post(path, {})).status);
    }
    assert.deepEqual(statuses, [400, 400, 429, 429, 400, 400]);
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
