import assert from "node:assert/strict";
import { jetstreamManager } from "@nats-io/jetstream";
import {
  applyStreams,
  DEFAULT_STREAM_SETTINGS,
  pause,
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
