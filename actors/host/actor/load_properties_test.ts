/** Whatever the group's history and wherever in it the snapshot was made: nobody can tell that there was one. */
import assert from "node:assert/strict";
import fc from "fast-check";
import { emptyGroup, groupKind, type GroupState, toSnapshot } from "../../group/mod.ts";
import { bodyOf, history, type Step } from "../../group/testing/mod.ts";
import {
  environmentOf,
  type GroupWaiting,
  MemoryLog,
  type MemorySnapshots,
  memorySnapshots,
  waiting,
} from "../testing/mod.ts";
import { Actor } from "./actor.ts";
import { load } from "./load.ts";
import type { Snapshots } from "./snapshots.ts";

const GROUP_ID = "g";
const START_MS = Date.UTC(2026, 2, 2);
const pause = () => Promise.resolve();

const TEAM: readonly Step[] = [
  { actor: "ana", type: "group.create", payload: { name: "Garden" } },
  { actor: "ana", type: "member.add", payload: { user_id: "ada", role: "admin" } },
  { actor: "ana", type: "member.add", payload: { user_id: "mia", role: "member" } },
  { actor: "mia", type: "todo.create", payload: { todo_id: "a", title: "x" } },
  { actor: "ana", type: "todo.create", payload: { todo_id: "b", title: "x" } },
  { actor: "mia", type: "comment.add", payload: { todo_id: "a", comment_id: "k1", text: "x" } },
];

/** The mailbox of a group: commands in order, each with an id of its own. */
function mailbox(steps: readonly Step[]): GroupWaiting[] {
  const ids: string[] = [];
  return steps.map((step, index) => {
    const nowMs = START_MS + 1_000 * index;
    const time = nowMs.toString(16).padStart(12, "0");
    const id = `${time.slice(0, 8)}-${time.slice(8)}-7000-8000-000000000000`;
    const command = waiting(GROUP_ID, bodyOf(step, ids), {
      sequence: index + 1,
      nowMs,
      id,
      actor: step.actor,
    });
    ids.push(id);
    return command;
  });
}

/** Decides `commands` on `log`; `batches` says after which of them the actor is let finish. */
async function decide(
  log: MemoryLog,
  commands: readonly GroupWaiting[],
  { batches, snapshots }: {
    readonly batches: readonly boolean[];
    readonly snapshots?: Snapshots<GroupState>;
  },
) {
  const { environment, replies } = environmentOf(log, snapshots);
  const actor = new Actor(GROUP_ID, environment);
  for (const [index, command] of commands.entries()) {
    actor.offer(command);
    if (batches[index % batches.length]) await actor.settled;
  }
  await actor.settled;
  return replies;
}

function firstOf(log: MemoryLog, count = Infinity): MemoryLog {
  const copy = new MemoryLog();
  copy.messages.push(...log.messages.slice(0, count));
  return copy;
}

/** A store with the snapshot that was made when `log` had `count` commits. */
async function savedAt(log: MemoryLog, count: number): Promise<MemorySnapshots> {
  const early = firstOf(log, count);
  const { snapshots, store } = memorySnapshots(early);
  snapshots.offer(await load({ kind: groupKind, log: early, pause }, GROUP_ID));
  await snapshots.settle();
  assert.ok(store.kept.has(GROUP_ID));
  return store;
}

/** What the log holds, without the ids of commits, which each host draws. */
function stored(log: MemoryLog) {
  return log.messages.map(({ commitId: _, data, ...rest }) => ({
    ...rest,
    text: new TextDecoder().decode(data),
  }));
}

const batches = fc.array(fc.boolean(), { minLength: 1, maxLength: 7 });

Deno.test("a load by a snapshot of any version is a load of the whole log", async () => {
  await fc.assert(
    fc.asyncProperty(history(40), batches, fc.nat(), async (steps, flushes, at) => {
      const log = new MemoryLog();
      await decide(log, mailbox([...TEAM, ...steps]), { batches: flushes });
      const store = await savedAt(log, 1 + at % log.messages.length);
      const { snapshots, reads } = memorySnapshots(log, store);
      const [by, whole] = await Promise.all([
        load({ kind: groupKind, log, snapshots, pause }, GROUP_ID),
        load({ kind: groupKind, log, pause }, GROUP_ID),
      ]);
      assert.deepEqual(reads, ["found"]);
      assert.deepEqual(toSnapshot(by.state), toSnapshot(whole.state));
      assert.equal(by.sequence, whole.sequence);
      assert.equal(by.mailboxSequence, whole.mailboxSequence);
      assert.equal(by.hash, whole.hash);
      for (let version = 1; version <= whole.state.version; version++) {
        assert.equal(by.index.floor(version), whole.index.floor(version));
      }
    }),
    { numRuns: 150 },
  );
});

Deno.test("after a load by a snapshot all decisions are the same, also about what is older than it", async () => {
  const seen = { replayed: 0, undone: 0 };
  await fc.assert(
    fc.asyncProperty(
      history(25),
      history(12),
      batches,
      fc.nat(),
      async (before, after, flushes, at) => {
        const steps = [...TEAM, ...before];
        const log = new MemoryLog();
        const early = mailbox(steps);
        await decide(log, early, { batches: flushes });
        // Undos of the old commands, the newest first; then new commands; then twins of the old ones.
        const undos = steps.map((_, i): Step => ({ actor: "ana", type: "undo", back: 2 * i }));
        const fresh = mailbox([...steps, ...undos, ...after]).slice(steps.length);
        const last = fresh.at(-1)?.sequence ?? 0;
        const twins = early.map((twin, index) => ({ ...twin, sequence: last + 1 + index }));
        const late = [...fresh, ...twins];

        const [one, two] = [firstOf(log), firstOf(log)];
        const { snapshots } = memorySnapshots(
          one,
          await savedAt(log, 1 + at % log.messages.length),
        );
        const bySnapshot = await decide(one, late, { batches: flushes, snapshots });
        const byLog = await decide(two, late, { batches: flushes });
        assert.deepEqual(bySnapshot, byLog);
        assert.deepEqual(stored(one), stored(two));
        seen.replayed += byLog.filter(({ outcome }) => outcome === "replayed").length;
        seen.undone += byLog.slice(0, undos.length)
          .filter(({ outcome }) => outcome === "committed").length;
      },
    ),
    { numRuns: 100 },
  );
  assert.ok(seen.replayed > 300 && seen.undone > 100, JSON.stringify(seen));
});

Deno.test("commands that a snapshot covers are answered as by a host that read the whole log", async () => {
  await fc.assert(
    fc.asyncProperty(history(25), batches, fc.nat(), async (steps, flushes, at) => {
      const log = new MemoryLog();
      const commands = mailbox([...TEAM, ...steps]);
      await decide(log, commands, { batches: flushes });
      const count = log.messages.length;
      const { snapshots } = memorySnapshots(log, await savedAt(log, 1 + at % count));
      const bySnapshot = await decide(log, commands, { batches: flushes, snapshots });
      assert.deepEqual(bySnapshot, await decide(log, commands, { batches: flushes }));
      assert.equal(log.messages.length, count);
    }),
    { numRuns: 60 },
  );
});

Deno.test("the snapshot of a group that does not exist is not written", async () => {
  const { snapshots, writes } = memorySnapshots(new MemoryLog());
  const confirmed = await load({ kind: groupKind, log: new MemoryLog(), pause }, GROUP_ID);
  assert.deepEqual(toSnapshot(confirmed.state), toSnapshot(emptyGroup(GROUP_ID)));
  snapshots.offer(confirmed);
  await snapshots.settle();
  assert.deepEqual(writes, ["failed"]);
});
