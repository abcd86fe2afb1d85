/** What the streamer answers over HTTP: refusals, limits, ends of streams, health, and its process's end. */
import assert from "node:assert/strict";
import { jetstream } from "@nats-io/jetstream";
import { pause } from "../../actors/platform/mod.ts";
import { freePort } from "../../dev/mod.ts";
import { StreamClient, withStreams } from "./_stream_fixture.ts";

type Answer = { status: number; headers: Headers; body: Record<string, unknown> };

async function get(
  port: number,
  path: string,
  headers: Record<string, string> = {},
  method = "GET",
): Promise<Answer> {
  const response = await fetch(`http://127.0.0.1:${port}${path}`, {
    headers,
    method,
    signal: AbortSignal.timeout(10_000),
  });
  const text = await response.text();
  const body = text.startsWith("{") ? JSON.parse(text) : {};
  return { status: response.status, headers: response.headers, body };
}

function assertProblem(answer: Answer, status: number, code: string): void {
  assert.equal(answer.status, status, JSON.stringify(answer.body));
  assert.equal(answer.headers.get("content-type"), "application/problem+json");
  assert.equal(answer.body["type"], `/problems/${code}`);
  assert.equal(answer.body["code"], code);
  assert.equal(answer.body["status"], status);
  assert.equal(answer.headers.has("retry-after"), answer.body["retryable"]);
  assert.equal(answer.headers.has("www-authenticate"), status === 401);
}

Deno.test("a request without a valid token of ours is refused with 401", () =>
  withStreams(async ({ start, token, group }) => {
    const { port } = await start();
    const home = await group("ana");
    const path = `/events?group_id=${home.id}`;
    const ask = (authorization: string) => get(port, path, { authorization });
    assertProblem(await get(port, path), 401, "unauthenticated");
    const valid = await token("ana");
    const [head, claims, signature] = valid.split(".");
    const none = `${btoa('{"alg":"none","typ":"at+jwt"}').replaceAll("=", "")}.${claims}.`;
    for (
      const wrong of [
        "",
        "Bearer",
        "Bearer x",
        `Basic ${valid}`,
        `Bearer ${none}`,
        `Bearer ${head}.${claims}.${signature?.split("").reverse().join("")}`,
        `Bearer ${await token("ana", { issuer: "other" })}`,
        `Bearer ${await token("ana", { audience: "other" })}`,
        `Bearer ${await token("ana", { typ: "JWT" })}`,
        `Bearer ${"a".repeat(5_000)}`,
      ]
    ) {
      assertProblem(await ask(wrong), 401, "unauthenticated");
    }
    const old = await token("ana", { expiresInSeconds: -60 });
    assertProblem(await ask(`Bearer ${old}`), 401, "token-expired");
    const inUrl = await get(port, `${path}&token=${valid}`);
    assertProblem(inUrl, 401, "unauthenticated");
    assert.match(String(inUrl.body["detail"]), /"token".*Authorization: Bearer/);
  }));

Deno.test("groups that are not the caller's, unknown or deleted are not found, and none is named", () =>
  withStreams(async ({ start, token, group }) => {
    const { port } = await start();
    const [own, foreign, deleted] = [await group("ana"), await group("ben"), await group("ana")];
    await deleted.append(deleted.writer.delete());
    const headers = { authorization: `Bearer ${await token("ana")}` };
    const details = new Set<unknown>();
    for (const ids of [foreign.id, "nowhere", deleted.id, `${own.id},${foreign.id}`]) {
      const answer = await get(port, `/events?group_id=${ids}`, headers);
      assertProblem(answer, 404, "not-found");
      details.add(answer.body["detail"]);
    }
    assert.equal(details.size, 1);
  }));

Deno.test("requests that make no sense are refused by name", () =>
  withStreams(async ({ start, token, group }) => {
    const { port } = await start({ groupsPerStream: 2 });
    const home = await group("ana");
    const headers = { authorization: `Bearer ${await token("ana")}` };
    for (const query of ["", "?group_id=", "?group_id=a.b", "?group_id=*", "?group_id=%3E"]) {
      assertProblem(await get(port, `/events${query}`, headers), 400, "malformed");
    }
    for (
      const path of [`/events?group_id=${home.id}&sinse=x`, "/sse/cluster-info?x=1", "/ws?tiket=a"]
    ) {
      const unknown = await get(port, path, headers);
      assertProblem(unknown, 400, "malformed");
      assert.match(String(unknown.body["detail"]), /^Unknown parameter "/);
    }
    assertProblem(await get(port, "/events?group_id=a,b,c", headers), 422, "validation");
    assertProblem(await get(port, "/nothing"), 404, "not-found");
    const post = await get(port, `/events?group_id=${home.id}`, headers, "POST");
    assertProblem(post, 405, "method-not-allowed");
    assert.equal(post.headers.get("allow"), "GET, HEAD");
  }));

Deno.test("a refusal names the request by the id that the edge gave it, and by no other text", () =>
  withStreams(async ({ start }) => {
    const { port } = await start({});
    const instanceOf = async (id: string) =>
      (await get(port, "/nothing", { "request-id": id })).body["instance"];
    const id = crypto.randomUUID().replaceAll("-", "");
    assert.equal(await instanceOf(id), id);
    for (const strange of ["", "<b>", id.toUpperCase() + "x", `${id}0`]) {
      assert.match(String(await instanceOf(strange)), /^[0-9a-f-]{36}$/, strange);
    }
  }));

Deno.test("a user may have so many streams, and the process too", () =>
  withStreams(async ({ start, token, group }) => {
    const streamer = await start({ streamsPerUser: 2, streamsTotal: 3 });
    const home = await group("ana");
    await home.append(home.writer.addMember("ben"));
    const [ana, ben] = [await token("ana"), await token("ben")];
    const clients = [
      await StreamClient.open(streamer, ana, [home]),
      await StreamClient.open(streamer, ana, [home]),
    ];
    const path = `/events?group_id=${home.id}`;
    const asAna = { authorization: `Bearer ${ana}` };
    assertProblem(await get(streamer.port, path, asAna), 429, "rate-limited");
    clients.push(await StreamClient.open(streamer, ben, [home]));
    const asBen = { authorization: `Bearer ${ben}` };
    assertProblem(await get(streamer.port, path, asBen), 503, "unavailable");
    await clients.shift()?.close();
    await pause(50);
    clients.push(await StreamClient.open(streamer, ana, [home]));
    for (const client of clients) await client.close();
  }));

Deno.test("the answer to who wants a stream tells how many more may be open, for the user and for the address", () =>
  withStreams(async ({ start, token, group }) => {
    const streamer = await start({ streamsPerUser: 2, streamsPerAddress: 3 });
    const home = await group("ana");
    await home.append(home.writer.addMember("ben"));
    const path = `/events?group_id=${home.id}`;
    const limitsOf = async (method: string, name: string) => {
      const response = await fetch(`http://127.0.0.1:${streamer.port}${path}`, {
        method,
        headers: { authorization: `Bearer ${await token(name)}` },
      });
      const { status, headers } = response;
      if (status !== 200 || method === "HEAD") await response.body?.cancel();
      else open.push(response);
      assert.equal(
        headers.get("ratelimit-policy"),
        '"streams";q=2;qu="concurrent-requests", "address-streams";q=3;qu="concurrent-requests"',
      );
      return `${status} ${headers.get("ratelimit")}`;
    };
    const open: Response[] = [];
    try {
      assert.equal(await limitsOf("HEAD", "ana"), '200 "streams";r=2, "address-streams";r=3');
      assert.equal(await limitsOf("GET", "ana"), '200 "streams";r=1, "address-streams";r=2');
      assert.equal(await limitsOf("GET", "ana"), '200 "streams";r=0, "address-streams";r=1');
      assert.equal(await limitsOf("GET", "ana"), '429 "streams";r=0, "address-streams";r=1');
      assert.equal(await limitsOf("GET", "ben"), '200 "streams";r=1, "address-streams";r=0');
      assert.equal(await limitsOf("GET", "ben"), '429 "streams";r=1, "address-streams";r=0');
    } finally {
      for (const { body } of open) await body?.cancel();
    }
  }));

Deno.test("of many who come at once, some are told to come back, at different times", () =>
  withStreams(async ({ start, token, group }) => {
    const streamer = await start({ openingAtOnce: 5 });
    const home = await group("ana");
    const headers = { authorization: `Bearer ${await token("ana")}` };
    const path = `/events?group_id=${home.id}`;
    const come = async () => {
      const response = await fetch(`http://127.0.0.1:${streamer.port}${path}`, { headers });
      const { status } = response;
      const seconds = Number(response.headers.get("retry-after"));
      await response.body?.cancel();
      return { status, seconds };
    };
    const answers = await Promise.all(Array.from({ length: 60 }, come));
    const later = answers.filter(({ status }) => status === 503);
    assert.equal(answers.filter(({ status }) => status === 200).length, 60 - later.length);
    assert.ok(later.length > 0 && later.length < 60, `${later.length} of 60 were sent away`);
    const times = new Set(later.map(({ seconds }) => seconds));
    assert.ok([...times].every((seconds) => seconds >= 1 && seconds <= 4), [...times].join());
    assert.ok(later.length < 10 || times.size > 1);
    assert.equal((await come()).status, 200);
  }));

Deno.test("disconnect ends the caller's streams on every streamer and nobody else's", () =>
  withStreams(async ({ start, token, group }) => {
    const [here, there] = [await start(), await start()];
    const home = await group("ana");
    await home.append(home.writer.addMember("ben"));
    const [ana, ben] = [await token("ana"), await token("ben")];
    for (const method of ["GET", "DELETE"]) {
      const clients = [
        await StreamClient.open(here, ana, [home]),
        await StreamClient.open(there, ana, [home]),
      ];
      const other = await StreamClient.open(here, ben, [home]);
      const headers = { authorization: `Bearer ${ana}` };
      assert.equal((await get(here.port, "/events/disconnect", headers, method)).status, 204);
      for (const client of clients) {
        await client.until(() => client.ended, "the stream to end");
        const bye = client.frames.at(-1);
        assert.equal(bye?.event, "bye");
        assert.equal(JSON.parse(bye?.data ?? "").retry, "stop");
      }
      assert.equal(other.ended, false);
      await other.close();
    }
    assertProblem(await get(here.port, "/events/disconnect"), 401, "unauthenticated");
  }));

Deno.test("the end of a session ends that session's streams", () =>
  withStreams(async ({ start, token, group, connection }) => {
    const streamer = await start();
    const home = await group("ana");
    const open = async (sessionId: string) =>
      await StreamClient.open(streamer, await token("ana", { sessionId }), [home]);
    const [over, other] = [await open("s-1"), await open("s-2")];
    const notice = JSON.stringify({ user_id: "ana", session_id: "s-1" });
    connection.publish("auth.session.s-1.revoked", notice);
    await over.until(() => over.ended, "the stream to end");
    assert.equal(other.ended, false);
    await other.close();
  }));

Deno.test("a token of a session that has ended opens no stream on any streamer and ends none", () =>
  withStreams(async ({ start, token, group, connection }) => {
    const streamers = [await start(), await start()];
    const home = await group("ana");
    const [over, other] = [
      await token("ana", { sessionId: "s-1" }),
      await token("ana", { sessionId: "s-2" }),
    ];
    const clients = await Promise.all(
      streamers.map((streamer) => StreamClient.open(streamer, over, [home])),
    );
    const notice = JSON.stringify({ user_id: "ana", session_id: "s-1" });
    connection.publish("auth.session.s-1.revoked", notice);
    for (const client of clients) await client.until(() => client.ended, "the stream to end");
    for (const streamer of streamers) {
      const kept = await StreamClient.open(streamer, other, [home]);
      for (const path of [`/events?group_id=${home.id}`, "/events/disconnect"]) {
        const answer = await get(streamer.port, path, { authorization: `Bearer ${over}` });
        assertProblem(answer, 401, "unauthenticated");
        assert.equal(answer.body["detail"], "the session has ended");
      }
      await kept.close();
    }
  }));

Deno.test("a streamer that starts later, or was cut off, refuses the sessions that ended without it", () =>
  withStreams(async ({ start, token, group, connection, killNats }) => {
    const home = await group("ana");
    const end = (session_id: string) =>
      jetstream(connection).publish(
        `auth.session.${session_id}.invalidated`,
        JSON.stringify({ specversion: "1.0", data: { user_id: "ana", session_id } }),
      );
    const path = `/events?group_id=${home.id}`;
    const open = async (port: number, sessionId: string) =>
      await get(port, path, { authorization: `Bearer ${await token("ana", { sessionId })}` });
    await end("s-1");
    const streamer = await start();
    assertProblem(await open(streamer.port, "s-1"), 401, "unauthenticated");
    const later = await StreamClient.open(
      streamer,
      await token("ana", { sessionId: "s-2" }),
      [home],
    );
    // Stored, and announced by nobody: it is found after the next interruption.
    await end("s-2");
    killNats();
    await later.until(() => later.ended, "the stream to end");
    assertProblem(await open(streamer.port, "s-2"), 401, "unauthenticated");
  }));

Deno.test("a stream ends with its token, and in time anyway, with a bye that resumes", () =>
  withStreams(async ({ start, token, group }) => {
    const home = await group("ana");
    const short = await token("ana", { expiresInSeconds: -3 });
    const streamer = await start({ rotateMs: 3_000 });
    const expiring = await StreamClient.open(streamer, short, [home]);
    const rotating = await StreamClient.open(streamer, await token("ana"), [home]);
    for (
      const [client, reason, retry] of [
        [expiring, "token-expired", "reauthenticate"],
        [rotating, "rotated", "now"],
      ] as const
    ) {
      await client.until(() => client.ended, "the stream to end");
      const bye = JSON.parse(client.frames.at(-1)?.data ?? "");
      assert.equal(bye.reason, reason);
      assert.equal(bye.retry, retry);
      assert.equal(bye.cursor, client.model.cursor);
    }
  }));

Deno.test("quiet streams get heartbeats", () =>
  withStreams(async ({ start, token, group }) => {
    const streamer = await start({ heartbeatMs: 300 });
    const client = await StreamClient.open(streamer, await token("ana"), [await group("ana")]);
    await client.until(() => client.comments >= 3, "three heartbeats");
    await client.close();
  }));

Deno.test("HEAD is answered like GET wherever Allow names it, and does nothing", () =>
  withStreams(async ({ start, token, group }) => {
    const streamer = await start({ streamsPerUser: 1 });
    const home = await group("ana");
    const ana = await token("ana");
    const headers = { authorization: `Bearer ${ana}` };
    const path = `/events?group_id=${home.id}`;
    const head = (path: string, fields = headers) => get(streamer.port, path, fields, "HEAD");
    for (let i = 0; i < 3; i++) {
      const answer = await head(path);
      assert.equal(answer.status, 200);
      assert.equal(answer.headers.get("content-type"), "text/event-stream");
      assert.equal(answer.headers.get("cache-control"), "no-store");
    }
    const client = await StreamClient.open(streamer, ana, [home]);
    assert.equal((await head(path)).status, 429);
    assert.equal((await head("/events/disconnect")).status, 204);
    assert.equal((await head("/events?group_id=nowhere")).status, 429);
    assert.equal((await head(path, { authorization: "" })).status, 401);
    assert.equal((await head("/livez")).status, 200);
    await client.caughtUp(home);
    assert.equal(client.ended, false);
    await client.close();
    for (const path of ["/events", "/events/disconnect", "/livez"]) {
      const { headers } = await get(streamer.port, path, {}, "PUT");
      assert.match(headers.get("allow") ?? "", /^GET, HEAD(, DELETE)?$/);
    }
  }));

Deno.test("health and metrics tell what the streamer does", () =>
  withStreams(async ({ start, token, group, killNats }) => {
    const streamer = await start();
    const home = await group("ana");
    const client = await StreamClient.open(streamer, await token("ana"), [home]);
    await home.append(home.writer.addTodos(1));
    await client.caughtUp(home);
    const base = `http://127.0.0.1:${streamer.port}`;
    const text = await (await fetch(`${base}/metrics`)).text();
    for (
      const line of [
        /^tf_stream_connections\{.*\} 1$/m,
        /^tf_stream_opens_total\{reason="fresh".*\} 1$/m,
        /^tf_stream_events_sent_total\{.*\} 2$/m,
        /^tf_stream_delivery_seconds_count\{.*\} 1$/m,
        /^tf_stream_queue_bytes\{.*\} 0$/m,
        /^tf_stream_feeds\{.*\} 1$/m,
      ]
    ) {
      assert.match(text, line);
    }
    assert.equal((await get(streamer.port, "/readyz")).status, 200);
    killNats();
    const during = await get(streamer.port, "/readyz");
    assert.ok([200, 503].includes(during.status));
    assert.equal(client.ended, false);
    await home.append(home.writer.addTodos(1));
    await client.caughtUp(home);
    await client.close();
  }));

Deno.test("the process ends its streams with bye on SIGTERM and is gone within five seconds", () =>
  withStreams(async ({ natsUrl, jwks, token, group }) => {
    const home = await group("ana");
    const port = freePort();
    await using child = new Deno.Command(Deno.execPath(), {
      args: ["run", "-P=streamer", "actors/stream/main.ts"],
      env: { NATS_URL: natsUrl, JWKS: jwks, PORT: `${port}`, ENVIRONMENT: "development" },
      stdout: "null",
      stderr: "null",
    }).spawn();
    let ready = false;
    for (let i = 0; i < 200 && !ready; i++) {
      await pause(50);
      ready = await get(port, "/readyz").then(({ status }) => status === 200, () => false);
    }
    assert.ok(ready);
    const clients = await Promise.all(
      Array.from(
        { length: 20 },
        async () => await StreamClient.open({ port }, await token("ana"), [home]),
      ),
    );
    for (const client of clients) await client.caughtUp(home);
    const startedAt = performance.now();
    child.kill("SIGTERM");
    const status = await child.status;
    assert.equal(status.code, 0);
    assert.ok(performance.now() - startedAt < 5_000);
    for (const client of clients) {
      await client.until(() => client.ended, "the stream to end");
      const bye = JSON.parse(client.frames.at(-1)?.data ?? "");
      assert.equal(bye.reason, "draining");
      assert.equal(bye.cursor, client.model.cursor);
    }
  }));
