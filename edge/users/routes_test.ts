/** What /api/v1/users/me does to who guesses passwords with a token that is not theirs, with small quotas. */
import assert from "node:assert/strict";
import { exportJWK, generateKeyPair } from "@panva/jose";
import {
  connectPostgres,
  createMetrics,
  logger,
  TrustedProxies,
} from "../../actors/platform/mod.ts";
import { scratchDatabase } from "../../dev/mod.ts";
import { createEdge } from "../app.ts";
import { createAuth } from "../auth/mod.ts";
import { Attempts, RateLimiter, Telemetry } from "../http/mod.ts";
import { documented } from "../openapi/mod.ts";
import { createUsers } from "./mod.ts";

const PASSWORD = "correct horse";
const NONE = { limit: 0, windowSeconds: 60 };

type Send = (method: string, path: string, body: unknown, token?: string) => Promise<Response>;

async function withUsers(guesses: number, run: (send: Send) => Promise<void>): Promise<void> {
  const server = Deno.env.get("TEST_DATABASE_URL");
  assert.ok(server, "TEST_DATABASE_URL names the Postgres for tests");
  await using database = await scratchDatabase(server);
  const sql = connectPostgres(database.url, { name: "test", max: 4 });
  const { privateKey } = await generateKeyPair("EdDSA", { extractable: true });
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
      refreshGraceSeconds: 10,
      refuseCommonPasswords: true,
      hashConcurrency: 2,
      hashQueue: 100,
      quotas: {
        auth: NONE,
        loginFailures: { limit: guesses, windowSeconds: 60 },
        accountFailures: NONE,
      },
    },
    limiter: (name, quota) => new RateLimiter(name, quota),
    attempts: (name, quota) => new Attempts(name, quota),
    sql,
    metrics,
    proxies,
    onLimited: () => {},
    announce: () => {},
  });
  const mailbox = { send: () => Promise.reject(new Error("Nobody is in a group")) };
  const users = createUsers({ sql, auth, mailbox, accessTokenSeconds: 60, spendName: () => {} });
  const edge = createEdge({
    routes: documented([...auth.routes, ...users.routes]),
    authenticate: auth.authenticate,
    proxies,
    onLimited: () => {},
    corsOrigins: [],
    telemetry: new Telemetry(metrics, logger("edge.test")),
    log: logger("edge.test"),
  });
  try {
    await run((method, path, body, token) =>
      edge(
        new Request(`http://edge/api/v1/${path}`, {
          method,
          headers: {
            "content-type": "application/json",
            ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
          },
          body: JSON.stringify(body),
        }),
        "203.0.113.7",
      )
    );
  } finally {
    await users.stop();
    await sql.end();
  }
}

Deno.test("a password cannot be guessed by changing or deleting the account, nor by turns with logins", async () => {
  await withUsers(3, async (send) => {
    const credentials = { username: "ana", password: PASSWORD };
    const { token } = await (await send("POST", "auth/register", credentials)).json();
    const wrong = "wrong horse";
    const guesses = [
      await send("PATCH", "users/me", { current_password: wrong, username: "eve" }, token),
      await send("DELETE", "users/me", { password: wrong }, token),
      await send("POST", "auth/login", { username: "ana", password: wrong }),
    ];
    assert.deepEqual(guesses.map(({ status }) => status), [403, 403, 401]);
    const stopped = [
      await send("DELETE", "users/me", { password: PASSWORD }, token),
      await send("PATCH", "users/me", { current_password: PASSWORD, username: "eve" }, token),
      await send("POST", "auth/login", credentials),
    ];
    assert.deepEqual(stopped.map(({ status }) => status), [429, 429, 429]);
    for (const { headers } of stopped) assert.ok(Number(headers.get("retry-after")) >= 1);
  });
});

Deno.test("with the own session, or the account, its cookie is removed; with another session it is not", async () => {
  await withUsers(3, async (send) => {
    const credentials = { username: "ana", password: PASSWORD };
    const { token } = await (await send("POST", "auth/register", credentials)).json();
    const cookieOf = async (answer: Promise<Response>) => {
      const { status, headers } = await answer;
      assert.equal(status, 204);
      return headers.get("set-cookie");
    };
    const signIn = async () => {
      const { token } = await (await send("POST", "auth/login", credentials)).json();
      const [, claims = ""] = token.split(".");
      const { sid } = JSON.parse(
        new TextDecoder().decode(Uint8Array.fromBase64(claims, { alphabet: "base64url" })),
      );
      return { token, path: `auth/sessions/${sid}` };
    };
    const removed =
      "__Secure-todo1m_refresh=; Path=/api/v1/auth; Max-Age=0; HttpOnly; SameSite=Strict; Secure";
    const [own, other] = [await signIn(), await signIn()];
    assert.equal(await cookieOf(send("DELETE", other.path, undefined, token)), null);
    assert.equal(await cookieOf(send("DELETE", own.path, undefined, own.token)), removed);
    assert.equal(
      await cookieOf(send("DELETE", "users/me", { password: PASSWORD }, token)),
      removed,
    );
  });
});
