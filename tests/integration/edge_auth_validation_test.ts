/** What other services are told of access tokens over NATS. */
import assert from "node:assert/strict";
import { jetstreamManager } from "@nats-io/jetstream";
import { connectNats, type NatsConnection, pause } from "../../actors/platform/mod.ts";
import { ProblemError } from "../../actors/protocol/mod.ts";
import { VALIDATE_TOKEN } from "../../actors/protocol/routing/mod.ts";
import { answerValidations } from "../../edge/auth/mod.ts";
import { send, somebody } from "./_edge_client.ts";
import { withNats } from "./_nats_fixture.ts";

const CALLER = { userId: "u", username: "ana", sessionId: "s", expiresAt: 1_800_000_000 };

async function ask(connection: NatsConnection, request: unknown): Promise<Record<string, unknown>> {
  const data = request instanceof Uint8Array || typeof request === "string"
    ? request
    : JSON.stringify(request);
  const answer = await connection.request(VALIDATE_TOKEN, data, { timeout: 5_000 });
  return answer.json<Record<string, unknown>>();
}

async function withSite(run: (connection: NatsConnection) => Promise<void>): Promise<void> {
  const connection = await connectNats({ url: Deno.env.get("TEST_NATS_URL") ?? "", name: "test" });
  try {
    await run(connection);
  } finally {
    await connection.close();
  }
}

Deno.test("a valid token is told with its user, session and end; one of an ended session is not valid", async () => {
  await withSite(async (connection) => {
    const { token, userId, refreshToken } = await somebody();
    const { expires_at, session, ...rest } = await ask(connection, { token });
    assert.deepEqual(rest, { valid: true, user_id: userId });
    const listed = await send("GET", "/api/v1/auth/sessions", { token });
    assert.ok(listed.text.includes(String(session)));
    const seconds = (Date.parse(String(expires_at)) - Date.now()) / 1000;
    assert.ok(seconds > 500 && seconds <= 601, `${seconds} s`);

    await send("POST", "/api/v1/auth/logout", { body: { refresh_token: refreshToken } });
    assert.deepEqual(await ask(connection, { token }), { valid: false, code: "unauthenticated" });
  });
});

Deno.test("what is no token, or no request, is refused and holds up nobody", async () => {
  await withSite(async (connection) => {
    const { token, refreshToken } = await somebody();
    for (const wrong of ["x", refreshToken, `${token}x`, token.slice(1)]) {
      const answer = await ask(connection, { token: wrong });
      assert.deepEqual(answer, { valid: false, code: "unauthenticated" });
    }
    const refused = { valid: false, code: "malformed" };
    for (
      const wrong of [
        "",
        "{",
        "null",
        token,
        {},
        { token: 7 },
        { token, user: "ben" },
        { token: "x".repeat(9_000) },
        new Uint8Array([0xff, 0xfe]),
      ]
    ) {
      assert.deepEqual(await ask(connection, wrong), refused, JSON.stringify(wrong).slice(0, 40));
    }
    assert.equal((await ask(connection, { token }))["valid"], true);
    const manager = await jetstreamManager(connection);
    for await (const { config } of manager.streams.list()) {
      assert.ok(!config.subjects.some((subject) => subject.startsWith("svc") || subject === ">"));
    }
  });
});

Deno.test("of several edges one answers each request, and a stopped one lets none fall", () =>
  withNats(async (connection) => {
    const counts = [0, 0, 0];
    const stops = counts.map((_, edge) =>
      answerValidations(connection, () => {
        counts[edge] = (counts[edge] ?? 0) + 1;
        return CALLER;
      })
    );
    const askMany = () =>
      Promise.all(Array.from({ length: 300 }, () => ask(connection, { token: "x" })));
    const first = askMany();
    await stops[0]?.();
    const answers = [...await first, ...await askMany()];
    assert.ok(answers.every(({ valid, user_id }) => valid === true && user_id === "u"));
    assert.equal(counts.reduce((sum, count) => sum + count), 600);
    assert.ok(counts.every((count) => count > 0), String(counts));
    await Promise.all(stops.slice(1).map((stop) => stop()));
  }));

Deno.test("more checks at once than an edge can take are refused, and it goes on afterwards", () =>
  withNats(async (connection) => {
    const waiting = Promise.withResolvers<typeof CALLER>();
    const stop = answerValidations(connection, () => waiting.promise);
    const asked = Array.from({ length: 300 }, () => ask(connection, { token: "x" }));
    await pause(200);
    waiting.resolve(CALLER);
    const answers = await Promise.all(asked);
    const refused = answers.filter(({ code }) => code === "unavailable");
    assert.equal(refused.length, 44);
    assert.ok(refused.every((answer) => !("valid" in answer)), "nothing is said of the tokens");
    assert.equal((await ask(connection, { token: "x" }))["valid"], true);
    await stop();
  }));

Deno.test("the reason is a problem's code, also when the token has expired", () =>
  withNats(async (connection) => {
    const stop = answerValidations(connection, () => {
      throw new ProblemError({ code: "token-expired", detail: "invalid token" });
    });
    assert.deepEqual(await ask(connection, { token: "x" }), {
      valid: false,
      code: "token-expired",
    });
    await stop();
  }));
