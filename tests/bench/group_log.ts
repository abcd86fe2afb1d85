/** Logs of made-up groups, written straight to the log: as a host would have, without deciding anything twice. */
import { createHash } from "node:crypto";
import { headers as newHeaders, type NatsConnection } from "@nats-io/nats-core";
import { decide, emptyGroup, type GroupState } from "../../actors/group/mod.ts";
import {
  type Command,
  encodeCommit,
  encodeEvent,
  type GroupEvent,
  newId,
} from "../../actors/protocol/mod.ts";
import { groupSubject, headers } from "../../actors/protocol/routing/mod.ts";

/** Owns the made-up groups. */
export const OWNER = newId();
const PENDING_MAX = 64;

export interface GroupSize {
  /** Events of the group's log; two of them make the group. */
  readonly events: number;
  /** Events in one message. */
  readonly perCommit: number;
  /** Todos that the events create before they begin to rename them; default a tenth of the events. */
  readonly todos?: number;
}

/** Events of a group that creates todos and then renames them, one after the other. */
export function* groupEvents(groupId: string, size: GroupSize): Generator<GroupEvent> {
  const todos = size.todos ?? Math.ceil(size.events / 10);
  const ids = Array.from({ length: todos }, () => newId());
  let state: GroupState = emptyGroup(groupId);
  let made = 0;
  for (let step = 0; made < size.events; step++) {
    const body = step === 0
      ? { type: "group.create", payload: { name: "Bench" } }
      : step <= todos
      ? { type: "todo.create", payload: { todo_id: ids[step - 1], title: `Measure it: ${step}` } }
      : { type: "todo.update", payload: { todo_id: ids[step % todos], title: `Again: ${step}` } };
    const meta = { command_id: newId(), group_id: groupId, actor: OWNER };
    const nowMs = Date.now();
    const decision = decide(state, { ...meta, ...body } as Command, {
      nowMs,
      hash: "h".repeat(22),
    });
    if (decision.kind !== "accepted") throw new Error(`${body.type} was not accepted`);
    state = decision.state;
    made += decision.events.length;
    yield* decision.events;
  }
}

/** The log messages of a group as a host writes them: bytes, and the hash of the one before. */
export function* groupCommits(
  groupId: string,
  size: GroupSize,
): Generator<{ readonly data: Uint8Array; readonly previousHash: string }> {
  let texts: string[] = [];
  let previousHash = "";
  let count = 0;
  for (const event of groupEvents(groupId, size)) {
    texts.push(encodeEvent(event));
    // The two events of its creation are one command, hence in one message.
    if (++count < 2 || (texts.length < size.perCommit && count < size.events)) continue;
    const data = encodeCommit(texts);
    yield { data, previousHash };
    previousHash = createHash("sha256").update(data).digest("hex");
    texts = [];
  }
}

/** Writes the log of a new group; answers its id. After each `every` messages it waits for `then`. */
export async function writeGroup(
  connection: NatsConnection,
  size: GroupSize,
  pauses?: { readonly every: number; readonly then: (groupId: string) => Promise<unknown> },
): Promise<string> {
  const groupId = newId();
  const pending: Promise<unknown>[] = [];
  let mailboxSequence = 0;
  for (const { data, previousHash } of groupCommits(groupId, size)) {
    const header = newHeaders();
    header.set(headers.COMMIT_ID, crypto.randomUUID());
    header.set(headers.MAILBOX_SEQUENCE, String(++mailboxSequence));
    if (previousHash) header.set(headers.PREVIOUS_HASH, previousHash);
    const options = { headers: header, timeout: 10_000 };
    pending.push(connection.request(groupSubject("event", groupId), data, options));
    if (pending.length >= PENDING_MAX) await Promise.all(pending.splice(0));
    if (!pauses || mailboxSequence % pauses.every !== 0) continue;
    await Promise.all(pending.splice(0));
    await pauses.then(groupId);
  }
  await Promise.all(pending);
  return groupId;
}
