import assert from "node:assert/strict";
import { DiscardPolicy, jetstreamManager } from "@nats-io/jetstream";
import {
  applyStreams,
  declareStreams,
  DEFAULT_STREAM_SETTINGS,
  pause,
  requireShards,
  untilLogExists,
} from "../../actors/platform/mod.ts";
import { withNats } from "./_nats_fixture.ts";

Deno.test("applying streams twice changes nothing; a stream that differs where it matters is refused", async () => {
  await withNats(async (connection) => {
    await applyStreams(connection);
    const manager = await jetstreamManager(connection);
    const before = (await manager.streams.info("EV-0")).created;
    await applyStreams(connection, { ...DEFAULT_STREAM_SETTINGS, mailboxMaxBytes: 5_000_000 });
    assert.equal((await manager.streams.info("EV-0")).created, before);
    assert.equal((await manager.streams.info("CMD-0")).config.max_bytes, 5_000_000);

    await manager.streams.delete("CMD-0");
    await manager.streams.add({ name: "CMD-0", subjects: ["app.command.1.*.*"] });
    await assert.rejects(applyStreams(connection), /Cannot use stream CMD-0: its subjects is/);
  });
});

Deno.test("a limit per group is put on a mailbox that has none yet, and raised, without losing a command", async () => {
  await withNats(async (connection) => {
    const manager = await jetstreamManager(connection);
    const { config } = await manager.streams.info("CMD-0");
    await manager.streams.delete("CMD-0");
    const unlimited = { max_msgs_per_subject: -1, discard_new_per_subject: false };
    await manager.streams.add({ ...config, ...unlimited });
    const publish = (count: number) =>
      Promise.all(
        Array.from({ length: count }, () => connection.request("app.command.1.group.a", "x")),
      );
    await publish(60);
    const apply = async (mailboxMaxPerGroup: number) => {
      await applyStreams(connection, { ...DEFAULT_STREAM_SETTINGS, mailboxMaxPerGroup });
      const { config, state } = await manager.streams.info("CMD-0");
      return [config.max_msgs_per_subject, config.discard_new_per_subject ?? false, state.messages];
    };
    // The server would drop the oldest ones.
    assert.deepEqual(await apply(50), [-1, false, 60]);
    assert.deepEqual(await apply(100), [-1, false, 60]);
    assert.deepEqual(await apply(200), [200, true, 60]);
    assert.deepEqual(await apply(50), [200, true, 60]);
    assert.deepEqual(await apply(300), [300, true, 60]);
    await manager.streams.purge("CMD-0", { keep: 10 });
    assert.deepEqual(await apply(20), [20, true, 10]);
    const refusals = (await publish(15)).filter((reply) => "error" in reply.json<object>());
    assert.equal(refusals.length, 5);
  });
});

Deno.test("dead letters are given a limit without losing one; when it is reached the oldest go", async () => {
  await withNats(async (connection) => {
    const manager = await jetstreamManager(connection);
    const { config } = await manager.streams.info("DLQ");
    assert.deepEqual([config.max_bytes, config.discard], [1024 ** 3, "old"]);
    await manager.streams.delete("DLQ");
    await manager.streams.add({ ...config, max_bytes: -1 });
    const record = async (count: number) => {
      for (let i = 0; i < count; i++) await connection.request("dlq.x", new Uint8Array(1_000));
    };
    const apply = async (deadLettersMaxBytes: number) => {
      await applyStreams(connection, { ...DEFAULT_STREAM_SETTINGS, deadLettersMaxBytes });
      return (await manager.streams.info("DLQ")).config.max_bytes;
    };
    const sequences = async () => {
      const { state } = await manager.streams.info("DLQ");
      return [state.first_seq, state.last_seq, state.messages];
    };
    await record(40);
    const limit = await apply(20_000);
    assert.ok(
      limit > 40_000 && limit < 60_000,
      `room for all of them, and not much more: ${limit}`,
    );
    assert.deepEqual(await sequences(), [1, 40, 40]);
    await record(60);
    const [first = 0, last, kept] = await sequences();
    assert.deepEqual([last, kept], [100, 101 - first], "the newest, without a gap");
    assert.ok(first > 40 && first < 70, `${first}`);
    assert.equal(await apply(20_000), limit, "a full stream grows no further at every start");
    assert.deepEqual(await sequences(), [first, last, kept]);
    await manager.streams.purge("DLQ", { keep: 5 });
    assert.equal(await apply(20_000), 20_000);
    assert.equal(await apply(30_000), 30_000);
    assert.deepEqual(await sequences(), [96, 100, 5]);
  });
});

Deno.test("a stream of keys that forgets them after a week, or for others, becomes one that refuses, and loses none", async () => {
  await withNats(async (connection) => {
    const manager = await jetstreamManager(connection);
    const { config } = await manager.streams.info("KEYS");
    assert.deepEqual(
      [config.discard, config.max_bytes, config.max_age / 1e9],
      ["new", 512 * 1024 ** 2, 86_400],
    );
    await manager.streams.delete("KEYS");
    const week = 7 * config.max_age;
    await manager.streams.add({ ...config, discard: DiscardPolicy.Old, max_age: week });
    for (let i = 0; i < 100; i++) await connection.request(`app.key.${i}`, new Uint8Array(1_000));
    const apply = async (keysMaxBytes: number) => {
      await applyStreams(connection, { ...DEFAULT_STREAM_SETTINGS, keysMaxBytes });
      const { config, state } = await manager.streams.info("KEYS");
      return [config.discard, config.max_bytes, config.max_age / 1e9, state.messages];
    };
    assert.deepEqual(await apply(10_000), ["new", 10_000, 86_400, 100]);
    const refused = await connection.request("app.key.more", new Uint8Array(1_000));
    assert.match(refused.string(), /maximum bytes exceeded/);
    assert.deepEqual(await apply(200_000), ["new", 200_000, 86_400, 100]);
  });
});

Deno.test("who only reads the log waits for its owner to make it", async () => {
  await withNats(async (connection) => {
    const manager = await jetstreamManager(connection);
    await manager.streams.delete("EV-0");
    let exists = false;
    const waiting = untilLogExists(connection, 1).then(() => assert.ok(exists));
    await pause(400);
    exists = true;
    await applyStreams(connection);
    await waiting;
  });
});

const cutInto = (shards: number) => ({ ...DEFAULT_STREAM_SETTINGS, shards });

for (const [made, wanted] of [[1, 2], [2, 1], [2, 4], [4, 2]] as const) {
  Deno.test(`mailboxes and log that are cut into ${made} are refused by who is told ${wanted}, and stay as they are`, () =>
    withNats(async (connection) => {
      const manager = await jetstreamManager(connection);
      for (const { name } of declareStreams(cutInto(1))) await manager.streams.delete(name);
      await applyStreams(connection, cutInto(made));
      const all = () => Array.fromAsync(manager.streams.list(), ({ config }) => config);
      const before = await all();
      const told = {
        name: "ConfigError",
        message: `Cannot start: STREAM_SHARDS="${wanted}", but mailboxes and log of this NATS ` +
          `server were cut into ${made} when they were made, which is for ever: set ` +
          `STREAM_SHARDS="${made}" for group hosts, projector and streamers`,
      };
      const changed = { ...cutInto(wanted), mailboxMaxBytes: 5_000_000 };
      await assert.rejects(applyStreams(connection, changed), told);
      await assert.rejects(untilLogExists(connection, wanted), told);
      await assert.rejects(requireShards(connection, wanted), told);
      assert.deepEqual(await all(), before);
      await applyStreams(connection, cutInto(made));
      await untilLogExists(connection, made);
      await requireShards(connection, made);
    }));
}

Deno.test("a number of shards that would cut a block in two is refused", () =>
  withNats(async (connection) => {
    for (const shards of [0, 3, 48, 128]) {
      const told = { name: "ConfigError", message: /none of 1, 2, 4, 8, 16, 32 and 64/ };
      await assert.rejects(applyStreams(connection, cutInto(shards)), told);
      await assert.rejects(untilLogExists(connection, shards), told);
      await assert.rejects(requireShards(connection, shards), told);
    }
  }));
