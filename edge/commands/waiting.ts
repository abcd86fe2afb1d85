/**
 * Whether a command still waits to be decided: looked up in its group's own mailbox, above what the owner
 * says is done, so that every edge knows the same and nothing is kept for it. Knows nothing of outcomes.
 */
import { type JetStreamManager, jetstreamManager, type StreamInfo } from "@nats-io/jetstream";
import * as v from "valibot";
import {
  isMissingStream,
  type NatsConnection,
  pause,
  readPage,
} from "../../actors/platform/mod.ts";
import { parseJson, ProblemError } from "../../actors/protocol/mod.ts";
import {
  blockOf,
  CURSOR_BUCKET,
  cursorKey,
  CursorRecord,
  groupSubject,
  partitionOf,
} from "../../actors/protocol/routing/mod.ts";
import { Gate } from "../http/mod.ts";
import type { OutcomeQuery } from "./outcome_store.ts";

const TIMEOUT_MS = 1_500;
const PAGE = { maxMessages: 512, maxBytes: 1024 * 1024, timeoutMs: TIMEOUT_MS };
/** Pages that one look reads at most: as much of a long queue as one question is worth. */
const MOST_PAGES = 10;
/** Looks that one edge makes at the same time, and that wait for their turn. */
const AT_ONCE = { concurrency: 16, queue: 256 };
/** Until a replica that is behind is asked again. */
const LAG_MS = 50;
/** When a stream took a message in, RFC 3339 with nanoseconds (ADR-31). */
const TIMESTAMP = "Nats-Time-Stamp";

/** What is read of a message in a mailbox. */
const Sent = v.object({ command_id: v.string(), actor: v.string() });

/** A command that is stored and of which nobody says yet that it is decided. */
export interface Waiting {
  /** When the mailbox took it in for the last time, by the server's clock; milliseconds since the Unix epoch. */
  readonly storedAtMs: number;
}

/** Finds commands of a user that wait; nothing of those that are decided, or of somebody else. */
export interface WaitingCommands {
  find(query: OutcomeQuery): Promise<Waiting | undefined>;
}

/**
 * Looks into the mailboxes behind `connection`. That a command does not wait means: it was stored and its
 * outcome is durable, or it was not stored so far. Throws {@link ProblemError} `unavailable` when too many
 * commands wait with it, or too many people look.
 */
export function waitingCommands(connection: NatsConnection): WaitingCommands {
  const gate = new Gate({
    ...AT_ONCE,
    detail: "Too many people ask for the outcome of commands at this moment",
  });
  return { find: (query) => gate.run(() => look(connection, query)) };
}

async function look(
  connection: NatsConnection,
  query: OutcomeQuery,
): Promise<Waiting | undefined> {
  const giveUpAt = performance.now() + TIMEOUT_MS;
  const subject = groupSubject("command", query.groupId);
  const manager = await jetstreamManager(connection, { checkAPI: false, timeout: TIMEOUT_MS });
  const info = await manager.streams.info(await manager.streams.find(subject));
  const stream = info.config.name;
  // The leader knows the newest; at or below the cursor everything is done.
  const newest = await manager.streams.getMessage(stream, { last_by_subj: subject });
  const cursor = newest ? await cursorOf(manager, query.groupId, info) : 0;
  if (!newest || newest.seq <= cursor) return undefined;

  let found: Waiting | undefined;
  let from = cursor + 1;
  for (let pages = 0; pages < MOST_PAGES && performance.now() < giveUpAt; pages++) {
    const page = await readPage(connection, { ...PAGE, stream, subject, from });
    for (const { sequence, data, headers } of page.messages) {
      if (isOf(query, data)) found = { storedAtMs: Date.parse(headers?.get(TIMESTAMP) ?? "") };
      from = sequence + 1;
    }
    if (from > newest.seq) return found;
    if (!page.complete) continue;
    // Purged meanwhile, so it is done; or the replica that answered is behind the leader.
    const last = await manager.streams.getMessage(stream, { last_by_subj: subject });
    if (!last || last.seq < from) return found;
    await pause(LAG_MS);
  }
  if (found) return found;
  throw new ProblemError({
    code: "unavailable",
    detail: `So many commands wait in group "${query.groupId}" that yours was not found among ` +
      "them in time; wait as Retry-After says and ask again",
  });
}

/** How far the mailbox of `groupId` is known to be done; 0 when nobody has said. */
async function cursorOf(
  manager: JetStreamManager,
  groupId: string,
  stream: StreamInfo,
): Promise<number> {
  const key = cursorKey(blockOf(partitionOf(groupId)));
  try {
    const message = await manager.streams.getMessage(`KV_${CURSOR_BUCKET}`, {
      last_by_subj: `$KV.${CURSOR_BUCKET}.${key}`,
    });
    if (!message || message.header.get("KV-Operation")) return 0;
    const { sequence, stream_created } = v.parse(CursorRecord, message.json());
    return stream_created === stream.created ? sequence : 0;
  } catch (error) {
    // No host has run yet.
    if (isMissingStream(error)) return 0;
    throw error;
  }
}

/** Whether a message of the mailbox is the command; what is none at all is nobody's. */
function isOf({ commandId, userId }: OutcomeQuery, data: Uint8Array): boolean {
  let content: unknown;
  try {
    content = parseJson(data);
  } catch (error) {
    if (error instanceof ProblemError) return false;
    throw error;
  }
  const sent = v.safeParse(Sent, content);
  return sent.success && sent.output.command_id === commandId && sent.output.actor === userId;
}
