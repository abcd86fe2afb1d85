import assert from "node:assert/strict";
import { newId } from "../../protocol/mod.ts";
import { environmentOf, MemoryLog, memorySnapshots, waiting } from "../testing/mod.ts";
import { type Confirmed, unwritten } from "./confirmed.ts";
import { Actor } from "./actor.ts";
import { bodyOf } from "./snapshot.ts";
import { groupKind, type GroupState } from "../../group/mod.ts";

/** A group of `todos` todos. */
async function groupOf(todos: number, log = new MemoryLog()): Promise<Confirmed<GroupState>> {
  const groupId = newId();
  const actor = new Actor(groupId, environmentOf(log).environment);
  actor.offer(
    waiting(groupId, { type: "group.create", payload: { name: "Home" } }, { sequence: 1 }),
  );
  for (let n = 1; n <= todos; n++) {
    const payload = { title: `Todo "${n}"` };
    actor.offer(waiting(groupId, { type: "todo.create", payload }, { sequence: 1 + n }));
    await actor.settled;
  }
  await actor.settled;
  assert.ok(actor.confirmed);
  return actor.confirmed;
}

Deno.test("the pieces of a snapshot are one JSON text, however large the group", async () => {
  for (const todos of [0, 1, 64, 65, 200]) {
    const pieces = [...bodyOf(groupKind, await groupOf(todos))];
    const { state, commits } = JSON.parse(pieces.join(""));
    assert.equal(state.todos.length, todos);
    assert.equal(commits.versions.length, commits.sequences.length);
    assert.ok(Math.max(...pieces.map((piece) => piece.length)) < 64 * 500);
  }
});

Deno.test("few are written at once, and a newer state takes the place of one that still waits", async () => {
  const { snapshots, store, writes } = memorySnapshots(new MemoryLog());
  const gates: (() => void)[] = [];
  const write = store.write.bind(store);
  const versions: number[] = [];
  store.write = async (groupId, snapshot) => {
    versions.push(snapshot.head.version);
    await new Promise<void>((resolve) => gates.push(resolve));
    return await write(groupId, snapshot);
  };
  const first = await groupOf(1);
  for (const confirmed of [first, await groupOf(1), await groupOf(2)]) snapshots.offer(confirmed);
  const third = await groupOf(3);
  snapshots.offer(third);
  snapshots.offer({ ...third, version: 99 });
  for (let turn = 0; turn < 50; turn++) await Promise.resolve();
  assert.equal(gates.length, 2);
  const settled = snapshots.settle();
  while (writes.length < 4) {
    gates.shift()?.();
    await Promise.resolve();
  }
  await settled;
  assert.deepEqual(versions, [3, 3, 4, 99]);
  assert.deepEqual(writes, ["stored", "stored", "stored", "stored"]);
});

Deno.test("what is offered is not written before others had their turn", async () => {
  const { snapshots, store } = memorySnapshots(new MemoryLog());
  snapshots.offer(await groupOf(1));
  assert.equal(store.kept.size, 0);
  await snapshots.settle();
  assert.equal(store.kept.size, 1);
});

Deno.test("when too many wait, more are dropped and reported, and later ones are taken again", async () => {
  const { snapshots, writes } = memorySnapshots(new MemoryLog());
  const confirmed = await groupOf(1);
  const groups = Array.from({ length: 300 }, (_, n) => ({
    ...confirmed,
    id: `g${n}`,
  }));
  const taken = groups.filter((group) => snapshots.offer(group)).length;
  assert.equal(taken, 256);
  assert.equal(writes.filter((result) => result === "dropped").length, 44);
  await snapshots.settle();
  assert.equal(writes.filter((result) => result === "stored").length, 256);
  assert.ok(snapshots.offer(confirmed));
  await snapshots.settle();
});

Deno.test("a snapshot that is too large or cannot be stored is reported, and the next one is written", async () => {
  const { snapshots, store, writes } = memorySnapshots(new MemoryLog());
  const confirmed = await groupOf(2);
  store.maxChars = 100;
  snapshots.offer(confirmed);
  await snapshots.settle();
  store.maxChars = Infinity;
  store.failure = new Error("no leader");
  snapshots.offer(confirmed);
  await snapshots.settle();
  store.failure = undefined;
  snapshots.offer(confirmed);
  await snapshots.settle();
  snapshots.offer(unwritten(groupKind, "without a log"));
  await snapshots.settle();
  assert.deepEqual(writes, ["too-large", "failed", "stored", "failed"]);
});
