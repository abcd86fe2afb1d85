/** The surroundings of actors in memory, for tests: a clock that is set by hand, and all answers kept. */
import { type Command, newId, type Outcome } from "../protocol/mod.ts";
import type { Waiting } from "./batch.ts";
import type { ActorEnvironment } from "./group_actor.ts";
import type { GroupLog } from "./group_log.ts";
import { MemorySnapshots } from "./_memory_snapshots.ts";
import { snapshotSchema } from "./snapshot_schema.ts";
import { Snapshots } from "./snapshots.ts";

export const OWNER = "owner";

export interface Answered {
  readonly outcome: string;
  readonly body: Outcome;
}

/** Snapshots over `log` in memory, with everything they report. */
export function memorySnapshots(log: GroupLog, store = new MemorySnapshots()) {
  const reads: string[] = [];
  const writes: string[] = [];
  const snapshots = new Snapshots({
    store,
    log,
    schema: snapshotSchema(),
    giveWay: () => Promise.resolve(),
    onRead: (result) => reads.push(result),
    onWrite: (result) => writes.push(result),
  });
  return { snapshots, store, reads, writes };
}

/** An environment over `log`; `clock.nowMs` is its monotonic clock. */
export function environmentOf(log: GroupLog, snapshots?: Snapshots) {
  const replies: Answered[] = [];
  const clock = { nowMs: 0 };
  const environment: ActorEnvironment = {
    log,
    ...(snapshots ? { snapshots } : {}),
    sendReply: (_, { outcome, body }) => replies.push({ outcome, body: JSON.parse(body) }),
    reportPoison: (_, error) => Promise.reject(error),
    newCommitId: newId,
    backoff: () => Promise.resolve(),
    pause: () => Promise.resolve(),
    monotonicMs: () => clock.nowMs,
    onTrouble: () => {},
    onAppend: () => {},
    isStopping: () => false,
  };
  return { environment, replies, clock };
}

/** A command as it waits in a mailbox at `sequence`, taken in at `nowMs`. */
export function waiting(
  groupId: string,
  body: Pick<Command, "type" | "payload">,
  at: {
    readonly sequence: number;
    readonly nowMs?: number;
    readonly id?: string;
    readonly actor?: string;
  },
): Waiting {
  const { sequence, nowMs = Date.now(), id = newId(), actor = OWNER } = at;
  return {
    command: { command_id: id, group_id: groupId, actor, ...body } as Command,
    sequence,
    nowMs,
    hash: JSON.stringify(body.payload).slice(0, 22),
    replyTo: "reply",
    finish: () => {},
  };
}
