/** The surroundings of group actors in memory, for tests: a clock set by hand, and all answers kept. */
import { groupKind, type GroupState } from "../../group/mod.ts";
import {
  type Command,
  type GroupEvent,
  type MailboxCommand,
  newId,
  type Outcome,
} from "../../protocol/mod.ts";
import { type ActorEnvironment, type ActorLog, Snapshots, type Waiting } from "../actor/mod.ts";
import { MemorySnapshots } from "./memory_snapshots.ts";

export const OWNER = "owner";

export type GroupEnvironment = ActorEnvironment<GroupState, GroupEvent, MailboxCommand>;
export type GroupWaiting = Waiting<MailboxCommand>;

export interface Answered {
  readonly outcome: string;
  readonly body: Outcome;
}

/** Snapshots over `log` in memory, with everything they report. */
export function memorySnapshots(log: ActorLog, store = new MemorySnapshots()) {
  const reads: string[] = [];
  const writes: string[] = [];
  const snapshots = new Snapshots({
    kind: groupKind,
    store,
    log,
    giveWay: () => Promise.resolve(),
    onRead: (result) => reads.push(result),
    onWrite: (result) => writes.push(result),
  });
  return { snapshots, store, reads, writes };
}

/** An environment over `log`; `clock.nowMs` is its monotonic clock. */
export function environmentOf(log: ActorLog, snapshots?: Snapshots<GroupState>) {
  const replies: Answered[] = [];
  const clock = { nowMs: 0 };
  const environment: GroupEnvironment = {
    kind: groupKind,
    log,
    ...(snapshots ? { snapshots } : {}),
    sendReply: (_, { outcome, body }) => replies.push({ outcome, body: JSON.parse(body) }),
    reportPoison: (_id, _waiting, error) => Promise.reject(error),
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
): GroupWaiting {
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
