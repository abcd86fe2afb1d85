/** What readers get from a streamer on a real NATS server: everything once, in order, across failures. */
import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { pause } from "../../actors/platform/mod.ts";
import { FrameReader, ReaderModel } from "../../actors/stream/testing/mod.ts";
import { StreamClient, withStreams } from "./_stream_fixture.ts";

Deno.test("a stream starts with a snapshot and goes on with each commit as it was stored", () =>
  withStreams(async ({ start, token, group }) => {
    const home = await group("ana");
    await home.append(home.writer.addTodos(3));
    const streamer = await start();
    const client = await StreamClient.open(streamer, await token("ana"), [home]);
    await client.caughtUp(home);
    const bytes = home.writer.addTodos(2, "Brot & Käse");
    await home.append(bytes);
    await client.caughtUp(home);
    assert.deepEqual(client.events, ["snapshot", "todo-event"]);
    assert.equal(client.frames[1]?.data, new TextDecoder().decode(bytes));
    assert.equal(JSON.parse(client.frames[0]?.data ?? "").todos.length, 3);
    const { headers } = client.response;
    assert.equal(headers.get("content-type"), "text/event-stream");
    assert.equal(headers.get("cache-control"), "no-store");
    assert.equal(headers.get("x-accel-buffering"), "no");
    await client.close();
  }));

Deno.test("a reader resumes from the ring, and from the log when the ring is too short", () =>
  withStreams(async ({ start, token, group }) => {
    const home = await group("ana");
    const streamer = await start({ ringCommits: 5 });
    const ana = await token("ana");
    for (const missed of [3, 40, 700]) {
      const first = await StreamClient.open(streamer, ana, [home]);
      await first.caughtUp(home);
      await first.close();
      for (let i = 0; i < missed; i++) await home.append(home.writer.addTodos(1));
      const second = await StreamClient.open(streamer, ana, [home], first.model);
      await second.caughtUp(home);
      assert.deepEqual(new Set(second.events), new Set(["todo-event"]));
      assert.equal(second.frames.length, missed);
      await second.close();
    }
  }));

Deno.test("a cursor works on another streamer, also one that has just started", () =>
  withStreams(async ({ start, token, group }) => {
    const groups = [await group("ana"), await group("ana")];
    const ana = await token("ana");
    const first = await StreamClient.open(await start(), ana, groups);
    for (const each of groups) await each.append(each.writer.addTodos(1));
    await first.caughtUp(...groups);
    await first.close();
    for (const each of groups) await each.append(each.writer.addTodos(1));
    const second = await StreamClient.open(await start(), ana, groups, first.model);
    await second.caughtUp(...groups);
    assert.deepEqual(second.events, ["todo-event", "todo-event"]);
    await second.close();
  }));

Deno.test("a cursor of another log gives one reset and a snapshot", () =>
  withStreams(async ({ start, token, group }) => {
    const home = await group("ana");
    const streamer = await start();
    const ana = await token("ana");
    const client = await StreamClient.open(streamer, ana, [home]);
    await client.caughtUp(home);
    await client.close();
    const [, place] = (client.model.cursor ?? "").split(/-(.*)/s);
    client.model.cursor = `zz9-${place}`;
    const second = await StreamClient.open(streamer, ana, [home], client.model);
    await second.caughtUp(home);
    assert.deepEqual(second.events, ["reset", "snapshot"]);
    await second.close();
  }));

Deno.test("a removed member gets revoked and nothing after, and is not let in again", () =>
  withStreams(async ({ start, token, group }) => {
    const home = await group("ana");
    await home.append(home.writer.addMember("ben"));
    const streamer = await start();
    const [ana, ben] = [await token("ana"), await token("ben")];
    const stays = await StreamClient.open(streamer, ana, [home]);
    const leaves = await StreamClient.open(streamer, ben, [home]);
    await leaves.caughtUp(home);
    await home.append(home.writer.removeMember("ben"));
    for (let i = 0; i < 20; i++) await home.append(home.writer.addTodos(1));
    await stays.caughtUp(home);
    await leaves.until(() => leaves.ended, "the stream to end");
    assert.deepEqual(leaves.events, ["snapshot", "revoked"]);
    await assert.rejects(StreamClient.open(streamer, ben, [home], leaves.model), /^Error: 404 /);
    await home.append(home.writer.addMember("ben"));
    const back = await StreamClient.open(streamer, ben, [home], leaves.model);
    await back.caughtUp(home);
    assert.deepEqual(back.events, ["reset", "snapshot"]);
    await home.append(home.writer.delete());
    await stays.until(() => stays.ended, "the stream to end");
    assert.deepEqual(JSON.parse(stays.frames.at(-1)?.data ?? ""), {
      group_id: home.id,
      reason: "group-deleted",
    });
    await Promise.all([stays.close(), back.close()]);
  }));

Deno.test("no removed member sees a commit of after the removal, in hundreds of races", () =>
  withStreams(async ({ start, token, group }) => {
    const home = await group("ana");
    const streamer = await start({ streamsPerUser: 200 });
    const users = Array.from({ length: 50 }, (_, i) => `u${i}`);
    for (const user of users) await home.append(home.writer.addMember(user));
    const removedAt = new Map<string, number>();
    const clients = await Promise.all(
      users.flatMap((user) =>
        Array.from({ length: 8 }, async () => ({
          user,
          client: await StreamClient.open(streamer, await token(user), [home]),
        }))
      ),
    );
    for (const user of users) {
      const removal = home.writer.removeMember(user);
      removedAt.set(user, home.writer.version);
      await home.append(removal);
      await home.append(home.writer.addTodos(1));
    }
    for (const { user, client } of clients) {
      await client.until(() => client.ended, "the stream to end");
      assert.equal(client.events.at(-1), "revoked");
      assert.ok((client.model.versions.get(home.id) ?? 0) < (removedAt.get(user) ?? 0));
    }
  }));

Deno.test("a reader that stops reading is cut and resumes without a gap", () =>
  withStreams(async ({ start, token, group }) => {
    const home = await group("ana");
    const streamer = await start({ stallMs: 500 });
    const ana = await token("ana");
    const watcher = await StreamClient.open(streamer, ana, [home]);
    const stalled = await rawStream(streamer.port, ana, home.id);
    await watcher.caughtUp(home);
    for (let i = 0; i < 30; i++) await home.append(home.writer.addTodos(1, "x".repeat(400_000)));
    await watcher.caughtUp(home);
    const metrics = async () =>
      await (await fetch(`http://127.0.0.1:${streamer.port}/metrics`)).text();
    let text = "";
    for (let i = 0; i < 100 && !/closes_total\{.*slow-reader.*\} 1/.test(text); i++) {
      await pause(100);
      text = await metrics();
    }
    assert.match(text, /tf_stream_closes_total\{reason="slow-reader",process="streamer"\} 1/);
    const got = await stalled.readAll();
    assert.ok((got.versions.get(home.id) ?? 0) < home.writer.version);
    const resumed = await StreamClient.open(streamer, ana, [home], got);
    await resumed.caughtUp(home);
    assert.ok(resumed.events.every((event) => event === "todo-event"));
    await Promise.all([watcher.close(), resumed.close()]);
  }));

Deno.test("what the feed lost while the server was killed and away is repaired from the log", () =>
  withStreams(async ({ start, token, group, killNats }) => {
    const groups = [await group("ana"), await group("ana")];
    const streamer = await start();
    const ana = await token("ana");
    const clients = await Promise.all([
      StreamClient.open(streamer, ana, groups),
      StreamClient.open(streamer, ana, groups.slice(0, 1)),
    ]);
    for (let round = 0; round < 3; round++) {
      for (let i = 0; i < 30; i++) {
        if (i === 10) killNats();
        for (const each of groups) await each.append(each.writer.addTodos(1));
      }
      await clients[0]?.caughtUp(...groups);
      await clients[1]?.caughtUp(...groups.slice(0, 1));
    }
    for (const client of clients) {
      assert.ok(!client.events.includes("reset"));
      await client.close();
    }
  }));

Deno.test("a stream that lives through many cuts has every version once", () =>
  withStreams(async ({ start, token, group }) => {
    const groups = [await group("ana"), await group("ana"), await group("ana")];
    const streamer = await start({ ringCommits: 20 });
    const ana = await token("ana");
    let writing = true;
    const writers = groups.map(async (each) => {
      for (let i = 0; i < 400; i++) await each.append(each.writer.addTodos(1 + i % 3));
    });
    const readers = Array.from({ length: 8 }, async (_, index) => {
      const own = groups.slice(index % 3);
      let client = await StreamClient.open(streamer, ana, own);
      for (let cut = 0; writing || cut === 0; cut++) {
        await pause(2 + (cut * 7 + index * 13) % 40);
        await client.close();
        client = await StreamClient.open(streamer, ana, own, client.model);
      }
      await client.caughtUp(...own);
      assert.ok(!client.events.includes("reset"));
      await client.close();
    });
    await Promise.all(writers);
    writing = false;
    await Promise.all(readers);
  }));

/** A stream on a plain socket that is not read until the end. */
async function rawStream(port: number, token: string, groupId: string) {
  const socket = await Deno.connect({ hostname: "127.0.0.1", port });
  await socket.write(new TextEncoder().encode(
    `GET /events?group_id=${groupId} HTTP/1.1\r\nhost: x\r\nconnection: close\r\nauthorization: Bearer ${token}\r\n\r\n`,
  ));
  return {
    async readAll() {
      const chunks: Uint8Array[] = [];
      const buffer = new Uint8Array(256 * 1024);
      for (;;) {
        const count = await socket.read(buffer).catch(() => null);
        if (count === null) break;
        chunks.push(buffer.slice(0, count));
      }
      socket.close();
      const model = new ReaderModel();
      const reader = new FrameReader();
      for (const frame of reader.push(bodyOf(chunks))) model.take(frame);
      return model;
    },
  };
}

/** The body of an answer that ends with its connection, as far as it got. */
function bodyOf(chunks: readonly Uint8Array[]): Uint8Array {
  const all = Buffer.concat(chunks);
  return all.subarray(all.indexOf("\r\n\r\n") + 4);
}
