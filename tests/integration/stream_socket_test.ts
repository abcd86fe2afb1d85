/** WebSockets on a real server: the streams are those of server-sent events, chosen while connected. */
import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { jetstream, jetstreamManager } from "@nats-io/jetstream";
import { pause } from "../../actors/platform/mod.ts";
import { RawSocket } from "./_raw_socket.ts";
import { SocketClient } from "./_socket_client.ts";
import { StreamClient, withStreams } from "./_stream_fixture.ts";
import { until } from "./_until.ts";

Deno.test("a WebSocket gets snapshot and events, their stored bytes unchanged", () =>
  withStreams(async ({ start, group, token }) => {
    const streamer = await start();
    const home = await group("ana");
    const client = await SocketClient.follow(streamer, await token("ana"), [home]);
    await client.caughtUp(home);
    const bytes = home.writer.addTodos(2, 'Zwölf „Boxkämpfer“ \\ " 🥛');
    await home.append(bytes);
    await client.caughtUp(home);
    const text = client.texts.at(-1) ?? "";
    const cursor = String(client.messages.at(-1)?.["cursor"]);
    const stored = new TextDecoder().decode(bytes);
    assert.equal(text, `{"op":"event","cursor":"${cursor}","data":${stored}}`);
    assert.deepEqual(client.messages.map(({ op }) => op), ["ack", "ack", "snapshot", "event"]);
    await client.close();
  }));

Deno.test("a WebSocket goes on where server-sent events stopped, and the other way round", () =>
  withStreams(async ({ start, group, token }) => {
    const streamer = await start();
    const home = await group("ana");
    const ana = await token("ana");
    const first = await StreamClient.open(streamer, ana, [home]);
    await first.caughtUp(home);
    await first.close();
    for (let i = 0; i < 30; i++) await home.append(home.writer.addTodos(1));
    const second = await SocketClient.follow(streamer, ana, [home], first.model);
    await second.caughtUp(home);
    assert.equal(second.count("snapshot"), 0);
    assert.equal(second.count("event"), 30);
    await second.close();
    for (let i = 0; i < 5; i++) await home.append(home.writer.addTodos(1));
    const third = await StreamClient.open(streamer, ana, [home], second.model);
    await third.caughtUp(home);
    assert.deepEqual(new Set(third.events), new Set(["todo-event"]));
    await third.close();
  }));

Deno.test("groups are followed and left while connected, each without gap or duplicate", () =>
  withStreams(async ({ start, group, token }) => {
    const streamer = await start({ groupsPerStream: 2 });
    const [one, two, three] = [await group("ana"), await group("ana"), await group("ana")];
    const theirs = await group("ben");
    const client = await SocketClient.follow(streamer, await token("ana"), [one]);
    await client.caughtUp(one);
    let writing = true;
    const write = async () => {
      while (writing) {
        for (const each of [one, two]) await each.append(each.writer.addTodos(1));
      }
    };
    const written = write();
    for (let i = 0; i < 5; i++) {
      assert.equal((await client.sub([two])).op, "ack");
      assert.equal((await client.ask({ op: "unsub", group_ids: [two.id] })).op, "ack");
      const from = client.messages.length;
      await pause(50);
      const later = client.messages.slice(from).filter(({ op }) => op !== "event");
      assert.deepEqual(later, [], "only events of the other group");
      client.model.versions.delete(two.id);
    }
    await client.sub([two]);
    await client.sub([two, one]);
    writing = false;
    await written;
    await client.caughtUp(one, two);
    assert.equal(client.count("reset"), 0);
    for (const [wanted, code] of [[[three], "validation"], [[theirs], "not-found"]] as const) {
      if (code === "not-found") await client.ask({ op: "unsub", group_ids: [two.id] });
      const answer = await client.sub(wanted);
      assert.equal((answer["problem"] as { code: string }).code, code);
    }
    await client.close();
    const second = await SocketClient.follow(
      streamer,
      await token("ana"),
      [one, two],
      client.model,
    );
    await second.caughtUp(one, two);
    assert.deepEqual([second.count("snapshot"), second.count("reset")], [0, 0]);
    await second.close();
  }));

Deno.test("who does not say at once who it is, or says nonsense, is sent away", () =>
  withStreams(async ({ start, group, token }) => {
    const streamer = await start();
    const home = await group("ana");
    const ana = await token("ana");
    const closes = async (client: SocketClient, code: number, reason?: string) => {
      await client.until(() => client.closed !== undefined, "the end", 10_000);
      assert.equal(client.closed?.code, code);
      if (reason !== undefined) assert.equal(client.closed.reason, reason);
    };
    const silent = await SocketClient.open(streamer);
    const early = await SocketClient.open(streamer);
    early.send({ op: "sub", group_ids: [home.id] });
    await closes(early, 1008, "unauthenticated");
    const forged = await SocketClient.open(streamer);
    forged.send({ op: "auth", token: ana.slice(0, -5) + "AAAAA" });
    await closes(forged, 1008, "unauthenticated");
    const expired = await SocketClient.open(streamer);
    expired.send({ op: "auth", token: await token("ana", { expiresInSeconds: -60 }) });
    await closes(expired, 1008, "token-expired");

    const client = await SocketClient.follow(streamer, ana, [home]);
    const refused = await client.ask({ op: "sub", group_ids: ["a b"] });
    const problem = refused["problem"] as { code: string; errors: { pointer: string }[] };
    assert.deepEqual([problem.code, problem.errors[0]?.pointer], ["validation", "/group_ids/0"]);
    for (let i = 0; i < 20; i++) client.send("nonsense");
    await closes(client, 1008, "malformed");
    const large = await SocketClient.follow(streamer, ana, [home]);
    large.send(JSON.stringify({ op: "ping", id: "x".repeat(80_000) }));
    await closes(large, 1009);
    await closes(silent, 1008, "unauthenticated");
    assert.match(silent.texts.join(), /first message must be/);
  }));

Deno.test("WebSockets count as streams of their user and address, waiting ones too", () =>
  withStreams(async ({ start, group, token }) => {
    const streamer = await start({ streamsPerUser: 2, streamsPerAddress: 3 });
    const home = await group("ana");
    const ana = await token("ana");
    const one = await SocketClient.follow(streamer, ana, [home]);
    const two = await StreamClient.open(streamer, ana, [home]);
    const third = await SocketClient.open(streamer);
    const answer = await third.ask({ op: "auth", token: ana });
    assert.equal((answer["problem"] as { code: string }).code, "rate-limited");
    await third.until(() => third.closed !== undefined, "the end");
    await assert.rejects(StreamClient.open(streamer, ana, [home]), /429/);
    const waiting = await SocketClient.open(streamer);
    await assert.rejects(SocketClient.open(streamer), /429/);
    await waiting.close();
    await one.close();
    await two.close();
    // The end of a connection is noticed a moment later.
    await pause(200);
    const again = await SocketClient.follow(streamer, ana, [home]);
    await again.close();
  }));

Deno.test("messages beyond the quota are refused with the time to wait", () =>
  withStreams(async ({ start, token }) => {
    const streamer = await start({ messagesPerMinute: 5 });
    const client = await SocketClient.open(streamer);
    await client.ask({ op: "auth", token: await token("ana") });
    for (let i = 0; i < 5; i++) assert.equal((await client.ask({ op: "ping" })).op, "pong");
    const answer = await client.ask({ op: "ping" });
    assert.equal((answer["problem"] as { code: string }).code, "rate-limited");
    assert.ok(Number(answer["retry_after"]) >= 1);
    await client.close();
  }));

Deno.test("a removed member gets nothing of the removal or after, and keeps the other groups", () =>
  withStreams(async ({ start, group, token }) => {
    const streamer = await start();
    const [home, work] = [await group("ana"), await group("ana")];
    for (const each of [home, work]) await each.append(each.writer.addMember("ben"));
    const ben = await SocketClient.follow(streamer, await token("ben"), [home, work]);
    await ben.caughtUp(home, work);
    const before = ben.model.versions.get(home.id);
    await home.append(home.writer.removeMember("ben"));
    for (let i = 0; i < 10; i++) await home.append(home.writer.addTodos(1));
    await work.append(work.writer.addTodos(1));
    await ben.caughtUp(work);
    await ben.until(() => ben.model.revoked.has(home.id), "the revocation");
    assert.equal(ben.model.versions.get(home.id), before);
    assert.deepEqual(ben.last("revoked")?.["reason"], "member-removed");
    assert.equal(ben.closed, undefined);
    await work.append(work.writer.delete());
    await ben.until(() => ben.model.revoked.has(work.id), "the other revocation");
    assert.equal((await ben.ask({ op: "ping" })).op, "pong", "without a group it stays open");
    await ben.close();
  }));

Deno.test("a session that ends ends its WebSockets, with the reason", () =>
  withStreams(async ({ start, group, token, connection }) => {
    const streamer = await start();
    const home = await group("ana");
    const client = await SocketClient.follow(streamer, await token("ana"), [home]);
    const other = await SocketClient.follow(
      streamer,
      await token("ana", { sessionId: "s2" }),
      [home],
    );
    await client.caughtUp(home);
    const end = { user_id: "ana", session_id: "s1" };
    connection.publish("auth.session.s1.revoked", JSON.stringify(end));
    await client.until(() => client.closed !== undefined, "the end");
    assert.deepEqual(client.closed, { code: 1008, reason: "disconnected" });
    assert.equal(client.last("bye")?.["retry"], "stop");
    assert.equal(other.closed, undefined);
    await other.close();
  }));

Deno.test("a streamer that stops says where to resume, and another one goes on from there", () =>
  withStreams(async ({ start, group, token }) => {
    const [first, second] = [await start(), await start()];
    const home = await group("ana");
    const ana = await token("ana");
    const client = await SocketClient.follow(first, ana, [home]);
    const waiting = await SocketClient.open(first);
    await home.append(home.writer.addTodos(3));
    await client.caughtUp(home);
    await first.stop();
    await client.until(() => client.closed !== undefined, "the end");
    await waiting.until(() => waiting.closed !== undefined, "the end");
    assert.deepEqual(client.closed, { code: 1012, reason: "draining" });
    assert.equal(client.last("bye")?.["cursor"], client.model.cursor);
    await home.append(home.writer.addTodos(2));
    const next = await SocketClient.follow(second, ana, [home], client.model);
    await next.caughtUp(home);
    assert.equal(next.count("snapshot"), 0);
    await next.close();
  }));

Deno.test("a client that stops reading is cut, others are not held up, and it resumes", () =>
  withStreams(async ({ start, group, token }) => {
    const streamer = await start({ stallMs: 1_000 });
    const home = await group("ana");
    const ana = await token("ana");
    const good = await SocketClient.follow(streamer, ana, [home]);
    const slow = await RawSocket.open(streamer);
    slow.send({ op: "auth", token: ana });
    slow.send({ op: "sub", group_ids: [home.id] });
    await good.until(() => slow.text.includes('"op":"snapshot"'), "the snapshot");
    slow.stopReading();
    const metrics = async () =>
      await (await fetch(`http://127.0.0.1:${streamer.port}/metrics`)).text();
    for (let i = 0; i < 150; i++) {
      await home.append(home.writer.addTodos(50, "x".repeat(400)));
      if (i % 25 === 24) await good.caughtUp(home);
    }
    await until(
      async () => /closes_total\{[^}]*reason="slow-reader"[^}]*\} 1/.test(await metrics()),
      15_000,
      () => "the slow client to be cut",
    );
    await good.caughtUp(home);
    const cursor = [...slow.text.matchAll(/"op":"[a-z]+","cursor":"([^"]+)"/g)].at(-1)?.[1];
    assert.ok(cursor);
    const again = await SocketClient.open(streamer);
    await again.ask({ op: "auth", token: ana });
    again.model.versions.set(home.id, Number(/:(\d+)\./.exec(cursor)?.[1]));
    await again.sub([home], cursor);
    await again.caughtUp(home);
    assert.equal(again.count("reset") + again.count("snapshot"), 0);
    slow.close();
    await good.close();
    await again.close();
  }));

Deno.test("a client that answers no ping is gone after the second", () =>
  withStreams(async ({ start, group, token }) => {
    const streamer = await start({ heartbeatMs: 500 });
    const home = await group("ana");
    const ana = await token("ana");
    const good = await SocketClient.follow(streamer, ana, [home]);
    const dead = await RawSocket.open(streamer);
    dead.send({ op: "auth", token: ana });
    await good.until(() => dead.ended, "the end of the dead client", 5_000);
    assert.equal(good.closed, undefined);
    assert.equal((await good.ask({ op: "ping" })).op, "pong");
    await good.close();
  }));

Deno.test("a command whose outcome nobody tells is unknown, and one that nobody takes was not stored", () =>
  withStreams(async ({ start, token, connection }) => {
    const streamer = await start();
    const client = await SocketClient.open(streamer);
    await client.ask({ op: "auth", token: await token("ana") });
    const command = { type: "group.create", payload: { name: "Home" } };
    const none = await client.ask({ op: "cmd", command });
    assert.equal((none["problem"] as { code: string }).code, "unavailable");
    const asked: string[] = [];
    const silent = connection.subscribe("svc.command.send", {
      callback: (_error, message) => void asked.push(message.string()),
    });
    await connection.flush();
    const unknown = await client.ask({ op: "cmd", command });
    const { code, retryable, detail } = unknown["problem"] as Record<string, unknown>;
    assert.deepEqual([code, retryable], ["outcome-unknown", true]);
    assert.match(String(detail), new RegExp(String(unknown["command_id"])));
    const [request] = asked.map((text) => JSON.parse(text));
    assert.deepEqual(request.user_id, "ana");
    assert.equal(request.command.command_id, unknown["command_id"]);
    silent.unsubscribe();
    await client.close();
  }));

Deno.test("of twenty who use a ticket at once, at two streamers, one gets in; an old one is refused", () =>
  withStreams(async ({ start, token, connection }) => {
    const streamers = [await start(), await start({ ticketsPerMinute: 3 })] as const;
    const ana = await token("ana", { sessionId: "s7" });
    const issue = async () => {
      const response = await fetch(`http://127.0.0.1:${streamers[1].port}/api/v1/tickets`, {
        method: "POST",
        headers: { authorization: `Bearer ${ana}` },
      });
      return { status: response.status, headers: response.headers, body: await response.json() };
    };
    const use = async (ticket: string, at = 0) => {
      const client = await SocketClient.open(streamers[at % 2] ?? streamers[0], { ticket });
      await client.until(() => client.messages.length > 0, "an answer");
      const isIn = client.messages[0]?.op === "ack";
      await client.close();
      return isIn;
    };
    const { headers, body: { ticket } } = await issue();
    assert.match(headers.get("ratelimit-policy") ?? "", /^"tickets";q=3;w=60$/);
    assert.match(headers.get("ratelimit") ?? "", /^"tickets";r=2;t=\d+$/);
    const entries = await Promise.all(Array.from({ length: 20 }, (_, i) => use(ticket, i)));
    assert.equal(entries.filter(Boolean).length, 1);
    assert.equal(await use(ticket), false);

    const old = (await issue()).body.ticket;
    const hash = Buffer.from(
      await crypto.subtle.digest("SHA-256", new TextEncoder().encode(old)),
    ).toString("hex");
    const subject = `app.ticket.${hash}`;
    const manager = await jetstreamManager(connection);
    const stored = await manager.streams.getMessage("TICKETS", { last_by_subj: subject });
    assert.ok(stored && !stored.string().includes(old), "a ticket itself is not stored");
    const record = { ...stored.json<object>(), expires_at_ms: Date.now() - 1 };
    await jetstream(connection).publish(subject, JSON.stringify(record));
    assert.equal(await use(old), false);
    const { config } = await manager.streams.info("TICKETS");
    assert.equal(config.max_age, 30e9);

    const late = (await issue()).body.ticket;
    const end = { user_id: "ana", session_id: "s7" };
    connection.publish("auth.session.s7.revoked", JSON.stringify(end));
    await connection.flush();
    await pause(100);
    assert.equal(await use(late), false);
    assert.deepEqual((await issue()).status, 401);
    const ben = await token("ben");
    const statuses: number[] = [];
    for (let i = 0; i < 4; i++) {
      const response = await fetch(`http://127.0.0.1:${streamers[1].port}/api/v1/tickets`, {
        method: "POST",
        headers: { authorization: `Bearer ${ben}` },
      });
      await response.body?.cancel();
      statuses.push(response.status);
    }
    assert.deepEqual(statuses, [201, 201, 201, 429]);
    assert.equal(await use("x".repeat(43)), false);
    assert.equal(await use("no ticket"), false);
  }));

Deno.test("pages of other origins are refused before anything is opened, those on the list are not", () =>
  withStreams(async ({ start }) => {
    const streamer = await start({
      allowedOrigins: ["https://todo.example"],
      trustedProxies: ["10.0.0.0/8"],
    });
    const own = `http://127.0.0.1:${streamer.port}`;
    for (const origin of ["https://todo.example", own]) {
      const client = await SocketClient.open(streamer, { headers: { origin } });
      await client.close();
    }
    const others = ["https://evil.example", "http://todo.example", `${own}0`, "null"];
    for (const origin of others) {
      await assert.rejects(SocketClient.open(streamer, { headers: { origin } }), /403/);
    }
    const claimed = { origin: "https://evil.example", "x-forwarded-host": "evil.example" };
    await assert.rejects(SocketClient.open(streamer, { headers: claimed }), /403/);
  }));
