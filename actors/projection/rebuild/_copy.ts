/**
 * Events by Postgres' COPY, which takes a third of what inserting them into a table without indexes costs. It
 * knows no conflicts: one row that is there already, or cannot be, refuses all of them. The live projector
 * inserts: with the indexes and in batches of its size, the further round trips cost more than is gained.
 */
import type { Writable } from "node:stream";
import type { PlacedEvent, Plan } from "../plan.ts";
import { runnerOf, type Transaction, writesOf } from "../_writes.ts";
import { isDataError } from "../errors.ts";

const COPY_EVENTS = `
copy todo_events (
  event_id, command_id, group_id, version, actor_user_id, todo_id, event_type, data,
  shard_id, stream_sequence, occurred_at
) from stdin`;

const NOTHING: Plan = {
  events: [],
  todos: [],
  comments: [],
  groups: [],
  members: [],
  offsets: [],
  gaps: [],
};

/** Text that goes to Postgres in one piece. */
const CHUNK_LENGTH = 128 * 1024;

const SPECIAL = /[\\\n\r\t]/g;
const ESCAPES: Readonly<Record<string, string>> = {
  "\\": "\\\\",
  "\n": "\\n",
  "\r": "\\r",
  "\t": "\\t",
};

/** SQLSTATE of a statement in a transaction that has failed before. */
const FAILED_TRANSACTION = "25P02";

/**
 * Writes all rows of `plan`, events by copy. Where {@link isRefusedCopy} is true of what this throws, the same
 * rows are to be inserted, in another transaction, which says what is wrong with them if it is not a conflict.
 */
export async function copying(transaction: Transaction, plan: Plan, shard: number): Promise<void> {
  const run = runnerOf(transaction);
  const before = writesOf({ ...plan, events: [], offsets: [] }, shard).map(run);
  // Behind them on the way: it waits for their end by itself.
  await Promise.all([copyEvents(transaction, plan.events, shard), ...before]);
  await Promise.all(writesOf({ ...NOTHING, offsets: plan.offsets }, shard).map(run));
}

/** Whether rows were refused that an insert may take, or whose fault an insert would name. */
export function isRefusedCopy(error: unknown): boolean {
  return isDataError(error) || (error as { code?: unknown } | null)?.code === FAILED_TRANSACTION;
}

/**
 * Copies `events` of stream shard `shard` into `todo_events`.
 *
 * Returns when all is sent: what Postgres thinks of it, the next statement of the transaction tells, which
 * fails if the copy did (25P02).
 *
 * @throws {Error} when Postgres refuses before all is sent
 */
async function copyEvents(
  transaction: Transaction,
  events: readonly PlacedEvent[],
  shard: number,
): Promise<void> {
  const chunks = chunksOf(events, shard);
  const target: Writable = await transaction.unsafe(COPY_EVENTS).writable();
  const { promise: sent, resolve, reject } = Promise.withResolvers<void>();
  target.once("error", reject);
  // The client calls back only after a copy that went well, and never after one that did not.
  const final = target._final.bind(target);
  target._final = (callback) => {
    final(callback);
    resolve();
  };
  for (const chunk of chunks) target.write(chunk);
  target.end();
  await sent;
}

/** The text of `events`, cut into pieces of a size that sockets take well. Pure. */
export function chunksOf(events: readonly PlacedEvent[], shard: number): string[] {
  const chunks: string[] = [];
  let chunk = "";
  for (const event of events) {
    chunk += lineOf(event, shard);
    if (chunk.length < CHUNK_LENGTH) continue;
    chunks.push(chunk);
    chunk = "";
  }
  if (chunk) chunks.push(chunk);
  return chunks;
}

function lineOf(event: PlacedEvent, shard: number): string {
  const todo = event.todo_id === null ? "\\N" : textOf(event.todo_id);
  return `${event.event_id}\t${event.command_id}\t${textOf(event.group_id)}\t${event.version}\t${
    textOf(event.actor_user_id)
  }\t${todo}\t${textOf(event.event_type)}\t${textOf(JSON.stringify(event.data))}\t${shard}\t` +
    `${event.stream_sequence}\t${textOf(event.occurred_at)}\n`;
}

/** `text` with what COPY reads as its own written otherwise. */
function textOf(text: string): string {
  return text.replace(SPECIAL, (character) => ESCAPES[character] ?? character);
}
