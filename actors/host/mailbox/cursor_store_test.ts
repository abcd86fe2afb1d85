/** Against a real NATS server: what two hosts save of one block, and what is read of it. */
import assert from "node:assert/strict";
import { startNatsServer } from "../../../dev/mod.ts";
import { connectNats, type NatsConnection } from "../../platform/mod.ts";
import { CursorStore, ForeignCursorError } from "./cursor_store.ts";

const CREATED = "2026-11-21T00:00:00Z";

async function withNats(test: (connection: NatsConnection) => Promise<void>): Promise<void> {
  const dataDir = await Deno.makeTempDir({ prefix: "todo1m-cursors-" });
  try {
    await using server = await startNatsServer({ dataDir });
    const connection = await connectNats({ url: server.url, name: "test" });
    try {
      await test(connection);
    } finally {
      await connection.close();
    }
  } finally {
    await Deno.remove(dataDir, { recursive: true });
  }
}

Deno.test("cursors are read as they were saved, those never saved as 0", async () => {
  await withNats(async (connection) => {
    const store = await CursorStore.open(connection, 1);
    const none = { sequence: 0, revision: 0 };
    const saved = await store.save(63, { sequence: 40, streamCreated: CREATED }, none);
    const again = await store.save(63, { sequence: 41, streamCreated: CREATED }, saved);
    const all = await store.readAll(() => CREATED);
    assert.equal(all.size, 64);
    assert.deepEqual(all.get(63), again);
    assert.equal(again.sequence, 41);
    assert.deepEqual(all.get(0), none);
  });
});

Deno.test("of two hosts that save the same block, the one behind does not move the cursor back", async () => {
  await withNats(async (connection) => {
    const store = await CursorStore.open(connection, 1);
    const none = { sequence: 0, revision: 0 };
    const first = await store.save(5, { sequence: 10, streamCreated: CREATED }, none);
    const ahead = await store.save(5, { sequence: 30, streamCreated: CREATED }, first);
    const behind = await store.save(5, { sequence: 20, streamCreated: CREATED }, first);
    assert.deepEqual(behind, ahead);
    const further = await store.save(5, { sequence: 31, streamCreated: CREATED }, first);
    assert.equal(further.sequence, 31);
    assert.equal((await store.readAll(() => CREATED)).get(5)?.sequence, 31);
  });
});

Deno.test("cursors of another incarnation of the stream are refused, when read and when saved over", async () => {
  await withNats(async (connection) => {
    const store = await CursorStore.open(connection, 1);
    const none = { sequence: 0, revision: 0 };
    await store.save(5, { sequence: 10, streamCreated: CREATED }, none);
    await assert.rejects(store.readAll(() => "2027-01-01T00:00:00Z"), ForeignCursorError);
    const other = { sequence: 11, streamCreated: "2027-01-01T00:00:00Z" };
    await assert.rejects(store.save(5, other, none), ForeignCursorError);
  });
});

Deno.test("who looks after one stream reads its blocks only, whatever other streams' cursors name", async () => {
  await withNats(async (connection) => {
    const store = await CursorStore.open(connection, 1);
    const none = { sequence: 0, revision: 0 };
    const own = await store.save(5, { sequence: 10, streamCreated: CREATED }, none);
    await store.save(40, { sequence: 7, streamCreated: "2027-01-01T00:00:00Z" }, none);
    const read = await store.readAll((block) => block < 32 ? CREATED : undefined);
    assert.equal(read.size, 32);
    assert.deepEqual([read.get(5), read.get(0), read.get(40)], [own, none, undefined]);
  });
});
