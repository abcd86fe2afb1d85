import assert from "node:assert/strict";
import { jetstreamManager } from "@nats-io/jetstream";
import {
  applyStreams,
  DEFAULT_STREAM_SETTINGS,
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

Deno.test("who only reads the log waits for its owner to make it", async () => {
  await withNats(async (connection) => {
    const manager = await jetstreamManager(connection);
    await manager.streams.delete("EV-0");
    let exists = false;
    const waiting = untilLogExists(connection, 1).then(() => assert.ok(exists));
    await new Promise((resolve) => setTimeout(resolve, 400));
    exists = true;
    await applyStreams(connection);
    await waiting;
  });
});
