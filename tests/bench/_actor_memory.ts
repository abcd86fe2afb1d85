/**
 * Memory of resident actors: `deno run -A --v8-flags=--expose-gc _actor_memory.ts ACTORS TODOS [EVENTS]`. Its parent
 * is `actors.ts`, which gives each size of group a process of its own. The log is made up as it is read, so
 * that nothing but the actors stays in memory.
 */
import { type ActorLog, Actors, type GroupEnvironment } from "../../actors/host/testing/mod.ts";
import { pause } from "../../actors/platform/mod.ts";
import { type Command, newId } from "../../actors/protocol/mod.ts";
import { groupCommits } from "./group_log.ts";
import { groupKind } from "../../actors/group/mod.ts";

/** Actors activated between two collections of garbage. */
const AT_ONCE = 50;

declare const gc: () => void;

const [actorCount = 0, todoCount = 0, eventCount = 2 + todoCount] = Deno.args.map(Number);

/** Any group there is: a template in which the group's id is put. */
function madeUpLog(): ActorLog {
  const template = newId();
  const decoder = new TextDecoder();
  const texts = [
    ...groupCommits(template, { events: eventCount, perCommit: 1, todos: todoCount }),
  ]
    .map(({ data }) => decoder.decode(data));
  const encoder = new TextEncoder();
  const message = (groupId: string, sequence: number) => ({
    sequence,
    data: encoder.encode(texts[sequence - 1]?.replaceAll(template, groupId)),
    commitId: "",
    mailboxSequence: sequence,
  });
  return {
    append: () => Promise.reject(new Error("The log is for reading")),
    last: (groupId) => Promise.resolve(message(groupId, texts.length)),
    async *read(groupId, from) {
      await Promise.resolve();
      for (let sequence = from; sequence <= texts.length; sequence++) {
        yield message(groupId, sequence);
      }
    },
    incarnation: () => Promise.resolve("made up"),
  };
}

function fail(error: unknown): never {
  throw error;
}

const environment: GroupEnvironment = {
  kind: groupKind,
  log: madeUpLog(),
  sendReply: () => {},
  reportPoison: (_id, _waiting, error) => Promise.reject(error),
  newCommitId: newId,
  backoff: () => Promise.resolve(),
  pause,
  monotonicMs: () => performance.now(),
  onTrouble: (_group, _what, error) => fail(error),
  onAppend: () => {},
  isStopping: () => false,
};
const actors = new Actors(environment, {
  maxActorBytes: Infinity,
  idleMs: Infinity,
  snapshotEvery: Infinity,
});

/** Activates `count` actors, each by a command that its log covers: nothing is decided or written. */
async function activate(count: number): Promise<void> {
  for (let n = 0; n < count; n++) {
    const groupId = newId();
    const command = {
      command_id: newId(),
      group_id: groupId,
      actor: "bench",
      type: "group.rename",
      payload: { name: "Bench" },
    } satisfies Command;
    actors.offer(groupId, { command, sequence: 1, nowMs: Date.now(), hash: "", finish: () => {} });
    if (n % AT_ONCE === AT_ONCE - 1) {
      await actors.settle();
      gc();
    }
  }
  await actors.settle();
  gc();
  gc();
}

await activate(AT_ONCE);
const before = Deno.memoryUsage();
const estimatedBefore = actors.bytes;
await activate(actorCount);
const after = Deno.memoryUsage();
const perActor = (bytes: number) => (bytes / actorCount / 1024).toFixed(1).padStart(6);
console.log(
  `${actorCount} resident actors of ${String(todoCount).padStart(4)} todos and ` +
    `${String(eventCount).padStart(5)} events: ` +
    `RSS ${perActor(after.rss - before.rss)} KB each   ` +
    `heap ${perActor(after.heapUsed - before.heapUsed)} KB   ` +
    `estimate ${perActor(actors.bytes - estimatedBefore)} KB`,
);
