import assert from "node:assert/strict";
import { jetstreamManager } from "@nats-io/jetstream";
import { withNats } from "./_nats_fixture.ts";
import { applyStreams, declareStreams, DEFAULT_STREAM_SETTINGS, isAtLeast } from "./streams.ts";

Deno.test("versions are compared number by number", () => {
  assert.ok(isAtLeast("2.14.0", "2.14.0"));
  assert.ok(isAtLeast("2.15.1", "2.14.0"));
  assert.ok(isAtLeast("3.0.0-RC.1", "2.14.0"));
  assert.ok(!isAtLeast("2.9.25", "2.14.0"));
  assert.ok(!isAtLeast("unknown", "2.14.0"));
});

Deno.test("shards cut the partitions among the streams without gap or overlap", () => {
  const subjects = declareStreams({ ...DEFAULT_STREAM_SETTINGS, shards: 4 })
    .filter(({ name }) => name.startsWith("EV-"))
    .flatMap((stream) => stream.subjects);
  assert.equal(subjects.length, 1024);
  assert.equal(new Set(subjects).size, 1024);
});

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
