/** The edge as a process of its own, under its permission set: streams passed on, outages, starts, the log. */
import assert from "node:assert/strict";
import { headers as newHeaders } from "@nats-io/nats-core";
import { exportJWK, generateKeyPair } from "@panva/jose";
import { connectNats } from "../../actors/platform/mod.ts";
import { headers } from "../../actors/protocol/routing/mod.ts";
import { freePort, pauseProcess } from "../../dev/mod.ts";
import {
  natsUrlOfEdge,
  PATIENCE_MS,
  post,
  posted,
  spawnEdge,
  status,
  tokenOf,
  withEdge,
} from "./_edge_process.ts";
import { until } from "./_until.ts";

Deno.test("a stream is passed on as it comes, and ends on both sides when the reader leaves", async () => {
  let left = false;
  let seen = new Headers();
  await using streamer = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen: () => {} }, (r) => {
    const { pathname, search } = new URL(r.url);
    seen = r.headers;
    if (pathname === "/events/disconnect") return new Response(null, { status: 204 });
    let timer: ReturnType<typeof setInterval>;
    const body = new ReadableStream({
      start(controller) {
        let n = 0;
        timer = setInterval(() => {
          controller.enqueue(new TextEncoder().encode(`data: ${search} ${n++}\n\n`));
        }, 20);
      },
      cancel() {
        clearInterval(timer);
        left = true;
      },
    });
    return new Response(body, { headers: { "content-type": "text/event-stream" } });
  });
  await withEdge(async ({ url }) => {
    const answer = await fetch(`${url}/events?group_id=g1`, {
      headers: {
        authorization: "Bearer abc",
        "last-event-id": "e-1",
        "x-forwarded-for": "6.6.6.6",
      },
    });
    assert.equal(answer.status, 200);
    assert.equal(answer.headers.get("content-type"), "text/event-stream");
    const reader = answer.body?.pipeThrough(new TextDecoderStream()).getReader();
    const first = await reader?.read();
    assert.equal(first?.value, "data: ?group_id=g1 0\n\n");
    assert.equal((await reader?.read())?.value, "data: ?group_id=g1 1\n\n");
    assert.equal(seen.get("authorization"), "Bearer abc");
    assert.equal(seen.get("last-event-id"), "e-1");
    assert.equal(left, false);
    await reader?.cancel();
    await until(() => left, PATIENCE_MS);
    assert.equal(await status(`${url}/events/disconnect`), 204);
    assert.equal(await status(`${url}/events/disconnect`, { method: "DELETE" }), 204);
  }, { STREAMER_URL: `http://127.0.0.1:${streamer.addr.port}` });
});

Deno.test("a streamer that is away is a temporary problem", async () => {
  await withEdge(async ({ url }) => {
    const answer = await fetch(`${url}/events?group_id=g1`);
    assert.equal(answer.status, 503);
    assert.equal((await answer.json()).code, "unavailable");
  }, { STREAMER_URL: `http://127.0.0.1:${freePort()}` });
});

Deno.test("a command nobody decides answers 202 with its place after the deadline", async () => {
  await withEdge(async ({ url }) => {
    const token = await tokenOf(url);
    const body = { type: "todo.create", group_id: "g1", payload: { title: "Flowers" } };
    const answer = await post(`${url}/api/v1/command`, body, token);
    assert.equal(answer.status, 202);
    const { command_id, status } = answer.body;
    assert.equal(status, "accepted");
    assert.equal(answer.headers.get("location"), `/api/v1/commands/${command_id}?group_id=g1`);
    const group = await post(`${url}/api/v1/groups`, { name: "Home" }, token);
    assert.equal(group.status, 202);
    const dialect = await post(`${url}/api/v1/command`, { group_id: "g1", title: "Roses" }, token);
    assert.equal(dialect.status, 202);
    assert.equal(dialect.body["todo_id"], dialect.body["command_id"]);
    assert.equal("version" in dialect.body, false);
  });
});

Deno.test("a stored command is pending to its sender until its outcome is known", async () => {
  await withEdge(async ({ url }) => {
    const [token, other] = [await tokenOf(url), await tokenOf(url)];
    const body = { type: "todo.create", group_id: "g1", payload: { title: "Flowers" } };
    const accepted = await post(`${url}/api/v1/command`, body, token);
    assert.equal(accepted.status, 202);
    const path = accepted.headers.get("location") ?? "";
    const ask = (bearer: string) =>
      fetch(url + path, { headers: { authorization: `Bearer ${bearer}` } });
    const pending = await ask(token);
    assert.equal(pending.status, 202);
    assert.ok(Number(pending.headers.get("retry-after")) >= 1);
    const { command_id } = accepted.body;
    assert.deepEqual(await pending.json(), { status: "pending", command_id, group_id: "g1" });
    const strange = await ask(other);
    assert.equal(strange.status, 404, "others learn nothing of it");
    await strange.body?.cancel();
  });
});

Deno.test("an outcome that comes after the answer ends the waiting", async () => {
  await withEdge(async ({ url, nats }) => {
    const token = await tokenOf(url);
    const owner = await connectNats({ url: nats.url, name: "owner" });
    try {
      // An owner that decides only after the edge has given its answer.
      const commands = owner.subscribe("app.command.>");
      await owner.flush();
      const body = { type: "todo.create", group_id: "g1", payload: { title: "Flowers" } };
      const accepted = await post(`${url}/api/v1/command`, body, token);
      assert.equal(accepted.status, 202);
      const { value: message } = await commands[Symbol.asyncIterator]().next();
      const outcome = newHeaders();
      outcome.set(headers.OUTCOME, "rejected");
      owner.publish(
        message?.headers?.get(headers.REPLY_TO) ?? "",
        JSON.stringify({ problem: { code: "forbidden", detail: "Not yours" } }),
        { headers: outcome },
      );
      await owner.flush();
      const ask = () =>
        status(url + (accepted.headers.get("location") ?? ""), {
          headers: { authorization: `Bearer ${token}` },
        });
      await until(async () => (await ask()) !== 202, PATIENCE_MS);
      assert.equal(await ask(), 403);
    } finally {
      await owner.close();
    }
  });
});

Deno.test("a token in the query of a stream is taken only where the setting says so, and never logged", async () => {
  const secret = "header.payload-of-the-token.signature";
  const away = `http://127.0.0.1:${freePort()}`;
  let seen: string | null = "";
  await using streamer = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen: () => {} }, (r) => {
    seen = r.headers.get("authorization");
    return new Response(null, { status: 204 });
  });
  const here = `http://127.0.0.1:${streamer.addr.port}`;
  const cases: [Record<string, string>, string, string | null][] = [
    [{ STREAMER_URL: here }, "204", `Bearer ${secret}`],
    [{ STREAMER_URL: here, ENVIRONMENT: "production" }, "204", null],
    [{ STREAMER_URL: here, LEGACY_QUERY_TOKEN: "off" }, "204", null],
    [
      { STREAMER_URL: here, ENVIRONMENT: "production", LEGACY_QUERY_TOKEN: "on" },
      "204",
      `Bearer ${secret}`,
    ],
    [{ STREAMER_URL: away }, "503", ""],
    [{ STREAMER_URL: away, LEGACY_QUERY_TOKEN: "off" }, "503", ""],
  ];
  for (const [settings, expected, authorization] of cases) {
    await withEdge(async ({ url, log }) => {
      seen = "";
      assert.equal(`${await status(`${url}/events?group_id=g&token=${secret}&x=)`)}`, expected);
      assert.equal(seen, authorization, JSON.stringify(settings));
      await until(() => log().includes('"/events"') || expected === "204", PATIENCE_MS, log);
      assert.equal(log().includes("payload-of-the-token"), false);
    }, { LOG_LEVEL: "trace", ...settings });
  }
});

Deno.test("without NATS commands are refused at once, and the edge comes back with it", async () => {
  await withEdge(async ({ url, nats, log }) => {
    const token = await tokenOf(url);
    const body = { type: "todo.create", group_id: "g1", payload: { title: "Flowers" } };
    await pauseProcess(nats.pid);
    const startedAt = performance.now();
    const unknown = await post(`${url}/api/v1/command`, body, token);
    assert.equal(unknown.status, 504, "a silent server leaves the outcome unknown");
    assert.equal(unknown.body["code"], "outcome-unknown");
    assert.match(unknown.headers.get("location") ?? "", /^\/api\/v1\/commands\//);
    assert.ok(performance.now() - startedAt < 5_000);
    assert.equal(await status(`${url}/readyz`), 503);
    assert.equal(await status(`${url}/livez`), 200);
    Deno.kill(nats.pid, "SIGCONT");
    await until(async () => (await status(`${url}/readyz`)) === 200, PATIENCE_MS, log);
    assert.equal((await post(`${url}/api/v1/command`, body, token)).status, 202);
  });
});

Deno.test("an edge that starts after a logout refuses the tokens of the session", async () => {
  const { privateKey } = await generateKeyPair("EdDSA", { extractable: true });
  const settings = { SIGNING_KEY: JSON.stringify(await exportJWK(privateKey)) };
  await withEdge(async ({ url, nats, databaseUrl }) => {
    const account = { username: `ana${crypto.randomUUID().slice(0, 8)}`, password: "eight chars" };
    const { body: over } = await post(`${url}/api/v1/auth/register`, account);
    const { body: live } = await post(`${url}/api/v1/auth/login`, account);
    const { refresh_token } = over;
    assert.equal(await status(`${url}/api/v1/auth/logout`, posted({ refresh_token })), 204);
    const late = await spawnEdge({
      DATABASE_URL: databaseUrl,
      NATS_URL: natsUrlOfEdge(nats),
      ...settings,
    });
    try {
      const ready = async () => await status(`${late.url}/readyz`) === 200;
      await until(ready, PATIENCE_MS, late.log);
      const groups = (token = "") =>
        status(`${late.url}/api/v1/groups`, { headers: { authorization: `Bearer ${token}` } });
      assert.equal(await groups(over["token"]), 401);
      assert.equal(await groups(live["token"]), 200);
    } finally {
      late.process.kill("SIGKILL");
      await late.process.status;
      await late.logged;
    }
  }, settings);
});

Deno.test("every request is a line of JSON where that is wanted, with who asked what, and without secrets", () =>
  withEdge(async ({ url, log }) => {
    const password = "canary-password-7731";
    const account = { username: `ana${Math.random().toString(36).slice(2)}`, password };
    const { body } = await post(`${url}/api/v1/auth/register`, account);
    const token = body["token"] ?? "";
    const headers = { authorization: `Bearer ${token}`, "request-id": "mine" };
    assert.equal(await status(`${url}/api/v1/groups?secret=canary-query`, { headers }), 400);
    assert.equal(await status(`${url}/api/v1/groups`, { headers }), 200);
    assert.equal(await status(`${url}/api/v1/groups`), 401);
    assert.equal(await status(`${url}/nothing/here`), 404);
    const lines = () =>
      log().split("\n").filter((line) => line.includes('"message":"request"'))
        .map((line) => JSON.parse(line) as Record<string, unknown>);
    const find = (route: string, code: number) =>
      lines().find((line) => line["route"] === route && line["status"] === code);
    await until(() => Promise.resolve(find("none", 404) !== undefined), PATIENCE_MS, log);
    const listed = find("/api/v1/groups", 200);
    assert.equal(listed?.["user_id"], body["user_id"]);
    assert.equal(listed?.["method"], "GET");
    for (const field of ["@timestamp", "level", "request_id", "trace_id"]) {
      assert.equal(typeof listed?.[field], "string", field);
    }
    assert.equal(typeof listed?.["duration_ms"], "number");
    assert.equal(find("/api/v1/groups", 401)?.["user_id"], undefined);
    assert.ok(find("/api/v1/auth/register", 201));
    for (const secret of [password, token, "canary-query", body["refresh_token"] ?? ""]) {
      assert.ok(secret !== "" && !log().includes(secret));
    }
  }, { LOG_REQUESTS: "on" }));
