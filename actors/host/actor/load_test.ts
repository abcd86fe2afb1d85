import assert from "node:assert/strict";
import { groupKind, type GroupState, toSnapshot } from "../../group/mod.ts";
import { newId } from "../../protocol/mod.ts";
import type { StoredSnapshot } from "../../protocol/snapshot/mod.ts";
import { environmentOf, MemoryLog, memorySnapshots, waiting } from "../testing/mod.ts";
import type { Confirmed } from "./confirmed.ts";
import { Actor } from "./actor.ts";
import { catchUp, load } from "./load.ts";

const pause = () => Promise.resolve();

/** A log that counts the messages that are read of it, besides the leader's last. */
class CountingLog extends MemoryLog {
  readSequences: number[] = [];

  override async *read(groupId: string, from: number) {
    for await (const message of super.read(groupId, from)) {
      this.readSequences.push(message.sequence);
      yield message;
    }
  }
}

/** A group of `commits` commits with a snapshot of the state after `saved` of them. */
async function group(commits: number, saved: number) {
  const log = new CountingLog();
  const groupId = newId();
  const { environment } = environmentOf(log);
  const actor = new Actor(groupId, environment);
  const kept = memorySnapshots(log);
  for (let sequence = 1; sequence <= commits; sequence++) {
    const body = sequence === 1
      ? { type: "group.create", payload: { name: "Home" } } as const
      : { type: "todo.create", payload: { title: `Todo ${sequence}` } } as const;
    actor.offer(waiting(groupId, body, { sequence }));
    await actor.settled;
    if (sequence === saved && actor.confirmed) kept.snapshots.offer(actor.confirmed);
    await kept.snapshots.settle();
  }
  log.readSequences = [];
  return { ...kept, log, groupId };
}

/** What a load amounts to, without what differs by the way it was made. */
function factsOf({ state, sequence, hash, mailboxSequence }: Confirmed<GroupState>) {
  return { state: toSnapshot(state), sequence, hash, mailboxSequence };
}

async function replace(
  { store, groupId }: { store: { kept: Map<string, StoredSnapshot> }; groupId: string },
  change: (kept: StoredSnapshot) => StoredSnapshot,
): Promise<void> {
  const kept = store.kept.get(groupId);
  assert.ok(kept);
  store.kept.set(groupId, change(kept));
  await Promise.resolve();
}

Deno.test("with a snapshot only the log after it is read", async () => {
  const { log, groupId, snapshots, reads } = await group(6, 4);
  const loaded = await load({ kind: groupKind, log, snapshots, pause }, groupId);
  assert.deepEqual(log.readSequences, [5, 6]);
  assert.deepEqual(reads, ["found"]);
  assert.equal(loaded.unsaved.commits, 2);
  assert.deepEqual(factsOf(loaded), factsOf(await load({ kind: groupKind, log, pause }, groupId)));
});

Deno.test("with a snapshot of the last commit nothing else is read", async () => {
  const { log, groupId, snapshots } = await group(6, 6);
  const loaded = await load({ kind: groupKind, log, snapshots, pause }, groupId);
  assert.deepEqual(log.readSequences, []);
  assert.equal(loaded.unsaved.commits, 0);
  assert.deepEqual(factsOf(loaded), factsOf(await load({ kind: groupKind, log, pause }, groupId)));
});

Deno.test("without a snapshot the whole log is read, and of a group without a log nothing", async () => {
  const { log, groupId, snapshots, reads } = await group(3, 0);
  assert.equal((await load({ kind: groupKind, log, snapshots, pause }, groupId)).sequence, 3);
  assert.deepEqual(log.readSequences, [1, 2, 3]);
  assert.equal((await load({ kind: groupKind, log, snapshots, pause }, newId())).sequence, 0);
  assert.deepEqual(reads, ["none", "none"]);
});

type Damage = (at: Awaited<ReturnType<typeof group>>) => Promise<void> | void;

const DAMAGES: Readonly<Record<string, { readonly expected: string[]; readonly damage: Damage }>> =
  {
    "whose text is cut off": {
      expected: ["corrupt"],
      damage: (at) => replace(at, ({ head, body }) => ({ head, body: body.slice(0, -10) })),
    },
    "whose state lacks a part": {
      expected: ["corrupt"],
      damage: (at) =>
        replace(at, ({ head, body }) => ({ head, body: body.replace('"ledger"', '"lodger"') })),
    },
    "of another group": {
      expected: ["corrupt"],
      damage: (at) =>
        replace(at, ({ head, body }) => ({ head, body: body.replace(at.groupId, newId()) })),
    },
    "whose head is of another version than its state": {
      expected: ["corrupt"],
      damage: (at) =>
        replace(at, ({ head, body }) => ({ head: { ...head, version: head.version + 1 }, body })),
    },
    "of another schema": {
      expected: ["schema"],
      damage: (at) =>
        replace(at, ({ head, body }) => ({ head: { ...head, schema: "other" }, body })),
    },
    "of another incarnation of the log": {
      expected: ["incarnation"],
      damage: ({ log }) => void (log.name = "made anew"),
    },
    "newer than the log": {
      expected: ["found", "newer"],
      damage: ({ log }) => void log.messages.splice(3),
    },
    "of a last commit that is not the log's": {
      expected: ["found", "history"],
      damage: (at) => {
        at.log.messages.splice(4);
        return replace(at, ({ head, body }) => ({ head: { ...head, hash: "0".repeat(64) }, body }));
      },
    },
    "that the log does not continue": {
      expected: ["found", "history"],
      damage: (at) =>
        replace(at, ({ head, body }) => ({ head: { ...head, hash: "0".repeat(64) }, body })),
    },
    "that cannot be read": {
      expected: ["unreadable"],
      damage: ({ store }) => void (store.failure = new Error("no answer")),
    },
  };

Deno.test.each(Object.entries(DAMAGES))(
  "a snapshot %s is reported and ignored: the log is used",
  async (_, { expected, damage }) => {
    const at = await group(6, 4);
    await damage(at);
    at.log.readSequences = [];
    const { log, groupId, snapshots, reads } = at;
    const loaded = await load({ kind: groupKind, log, snapshots, pause }, groupId);
    assert.deepEqual(reads, expected);
    const all = log.messages.map(({ sequence }) => sequence);
    assert.deepEqual(log.readSequences.slice(-all.length), all);
    assert.deepEqual(
      factsOf(loaded),
      factsOf(await load({ kind: groupKind, log, pause }, groupId)),
    );
    assert.equal(loaded.unsaved.commits, log.messages.length);
  },
);

Deno.test("a snapshot of a group whose log is empty is ignored", async () => {
  const { log, groupId, snapshots, reads } = await group(3, 3);
  log.messages.splice(0);
  assert.equal((await load({ kind: groupKind, log, snapshots, pause }, groupId)).state.version, 0);
  assert.deepEqual(reads, ["found", "newer"]);
});

Deno.test("a commit and a snapshot of it that another host stores meanwhile do no harm", async () => {
  const { log, groupId, snapshots, reads } = await group(6, 6);
  const last = log.last.bind(log);
  let asked = 0;
  log.last = async (id) => asked++ === 0 ? log.messages[2] : await last(id);
  assert.equal((await load({ kind: groupKind, log, snapshots, pause }, groupId)).sequence, 6);
  assert.deepEqual([reads, asked], [["found"], 2]);
});

Deno.test("a log that cannot be read is not covered up by a snapshot", async () => {
  const { log, groupId, snapshots } = await group(6, 6);
  log.last = () => Promise.reject(new Error("no leader"));
  await assert.rejects(load({ kind: groupKind, log, snapshots, pause }, groupId), /no leader/);
});

Deno.test("a host that was overtaken reads only what others have committed since", async () => {
  const { log, groupId, snapshots, reads } = await group(6, 0);
  const early = new CountingLog();
  early.messages.push(...log.messages.slice(0, 4));
  const known = await load({ kind: groupKind, log: early, pause }, groupId);
  const caughtUp = await catchUp({ kind: groupKind, log, snapshots, pause }, known);
  assert.deepEqual(log.readSequences, [5, 6]);
  assert.deepEqual(reads, []);
  assert.deepEqual(
    factsOf(caughtUp),
    factsOf(await load({ kind: groupKind, log, pause }, groupId)),
  );
});

Deno.test("what the log does not continue is not moved on: the group is rebuilt", async () => {
  const { log, groupId, snapshots, reads } = await group(6, 0);
  const known = await load({ kind: groupKind, log, pause }, groupId);
  const whole = factsOf(known);
  const other = { ...known, sequence: 4, hash: "0".repeat(64) };
  assert.deepEqual(
    factsOf(await catchUp({ kind: groupKind, log, snapshots, pause }, other)),
    whole,
  );
  assert.deepEqual(reads, ["none"]);
  log.messages.splice(2);
  assert.equal((await catchUp({ kind: groupKind, log, snapshots, pause }, known)).sequence, 2);
});
