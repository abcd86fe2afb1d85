import assert from "node:assert/strict";
import { environmentOf, MemoryLog, memorySnapshots, waiting } from "../testing/mod.ts";
import { Actors, type ActorsOptions } from "./actors.ts";

/** Actors over a log in memory, and a way to have one of them do something. */
function setUp(options: Partial<ActorsOptions> = {}) {
  const log = new MemoryLog();
  const kept = memorySnapshots(log);
  const { environment, replies, clock } = environmentOf(log, kept.snapshots);
  const actors = new Actors(environment, {
    maxActorBytes: 1e9,
    idleMs: 1_000,
    snapshotEvery: 100,
    ...options,
  });
  let sequence = 0;
  const offer = (groupId: string, text?: string) => {
    const body = text === undefined
      ? { type: "group.create", payload: { name: groupId } } as const
      : { type: "todo.create", payload: { title: "Todo", description: text } } as const;
    actors.offer(groupId, waiting(groupId, body, { sequence: ++sequence }));
  };
  const settle = async () => {
    await actors.settle();
    await kept.snapshots.settle();
  };
  return { ...kept, log, actors, offer, settle, clock, replies };
}

Deno.test("an actor's bytes grow with what it holds and are given back when it goes", async () => {
  const { actors, offer, settle, clock } = setUp();
  assert.equal(actors.bytes, 0);
  offer("small");
  offer("large");
  await settle();
  const before = actors.bytes;
  offer("large", "x".repeat(10_000));
  await settle();
  assert.ok(actors.bytes >= before + 10_000 && actors.bytes < before + 15_000, `${actors.bytes}`);
  clock.nowMs = 1_001;
  actors.passivate();
  assert.deepEqual([actors.resident, actors.bytes], [0, 0]);
});

Deno.test("the estimate after many commands is near the one of a fresh load", async () => {
  const { actors, offer, settle, clock } = setUp();
  offer("g");
  for (let n = 0; n < 300; n++) {
    offer("g", "some text ".repeat(n % 30));
    if (n % 3 === 0) await settle();
  }
  await settle();
  const running = actors.bytes;
  clock.nowMs = 2_000;
  actors.passivate();
  offer("g", "x");
  await settle();
  assert.ok(Math.abs(running / actors.bytes - 1) < 0.15, `${running} against ${actors.bytes}`);
});

Deno.test("actors that others decide for now are let go, busy ones when they have come to rest", async () => {
  const { actors, offer, settle, writes } = setUp();
  for (const groupId of ["mine", "given", "busy"]) offer(groupId);
  await settle();
  offer("busy", "still at it");
  actors.release((id) => id !== "mine");
  assert.equal(actors.resident, 2);
  await settle();
  actors.release((id) => id !== "mine");
  assert.equal(actors.resident, 1);
  await settle();
  // The next owner loads them by a snapshot.
  assert.deepEqual(writes, ["stored", "stored"]);
});

Deno.test("beyond the budget the actors that were used longest ago are let go", async () => {
  const { actors, offer, settle, reads } = setUp({ maxActorBytes: 20_000 });
  for (const groupId of ["a", "b", "c", "d", "e", "f", "a", "g"]) {
    offer(groupId);
    await settle();
  }
  assert.ok(actors.bytes <= 20_000 && actors.resident >= 2, `${actors.bytes}`);
  const activations = reads.length;
  for (const groupId of ["g", "a"]) offer(groupId, "still here");
  await settle();
  assert.equal(reads.length, activations);
  offer("b", "long gone");
  await settle();
  assert.equal(reads.length, activations + 1);
});

Deno.test("actors that are busy stay, whatever the budget, and are let go when they are done", async () => {
  const { actors, offer, settle, replies } = setUp({ maxActorBytes: 1 });
  for (const groupId of ["a", "b", "c", "d"]) offer(groupId);
  assert.equal(actors.resident, 4);
  await settle();
  assert.equal(replies.length, 4);
  actors.passivate();
  assert.deepEqual([actors.resident, actors.bytes], [0, 0]);
});

Deno.test("idle actors are let go after their time, busy and recent ones are not", async () => {
  const { actors, offer, settle, clock } = setUp();
  offer("old");
  await settle();
  clock.nowMs = 900;
  offer("recent");
  await settle();
  clock.nowMs = 1_500;
  actors.passivate();
  assert.equal(actors.resident, 1);
  clock.nowMs = 5_000;
  offer("old", "again");
  actors.passivate();
  assert.equal(actors.resident, 1);
  await settle();
});

Deno.test("an actor that is let go leaves a snapshot if its group has moved, and none otherwise", async () => {
  const { actors, offer, settle, clock, writes, store } = setUp();
  const passivate = async () => {
    clock.nowMs += 1_001;
    actors.passivate();
    await settle();
  };
  offer("g");
  await settle();
  await passivate();
  assert.deepEqual(writes, ["stored"]);
  const saved = store.kept.get("g");
  // Rejected: the group exists. It is activated and let go again, and nothing has moved.
  offer("g");
  await settle();
  await passivate();
  assert.deepEqual([writes, store.kept.get("g")], [["stored"], saved]);
  offer("g", "moves on");
  await settle();
  await passivate();
  assert.equal(store.kept.get("g")?.head.version, 3);
});

Deno.test("a group gets a snapshot every so many commits, and a failed one holds nothing up", async () => {
  const { offer, settle, writes, store, replies } = setUp({ snapshotEvery: 5 });
  offer("g");
  await settle();
  for (let n = 0; n < 9; n++) {
    offer("g", "more".repeat(1_000 * (n + 1)));
    await settle();
  }
  assert.deepEqual(writes, ["stored", "stored"]);
  store.failure = new Error("no leader");
  for (let n = 0; n < 5; n++) {
    offer("g", "more".repeat(1_000 * (n + 10)));
    await settle();
  }
  assert.deepEqual(writes, ["stored", "stored", "failed"]);
  assert.ok(replies.every(({ outcome }) => outcome === "committed"));
  assert.equal(replies.length, 15);
});

Deno.test("a large group waits longer for its snapshot, so that commits pay for it", async () => {
  const { actors, offer, settle, writes } = setUp({ snapshotEvery: 2 });
  offer("g");
  await settle();
  for (let n = 0; n < 30; n++) {
    offer("g", "x".repeat(10_000));
    await settle();
  }
  assert.ok(writes.length >= 3 && writes.length <= 6, `${writes.length} snapshots`);
  assert.ok(actors.bytes > 300_000);
  writes.length = 0;
  for (let n = 0; n < 100; n++) {
    offer("g", "small".repeat(500));
    await settle();
  }
  assert.ok(writes.length >= 1 && writes.length <= 3, `${writes.length} snapshots`);
});
