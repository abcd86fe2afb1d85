/**
 * Two passes that find the groups in which something differs, each in one direction from beginning to end and
 * with little in memory. First the log, in its own order, against `todo_events`; then `todo_events`, group by
 * group, folded, against the other tables. What differs is left to a look at the single group.
 */
import { type NatsConnection, readBatches } from "../../platform/mod.ts";
import { type GroupEvent } from "../../protocol/mod.ts";
import { decodeEvents, isForeign, type LogMessage } from "../_decode.ts";
import type { Transaction } from "../_writes.ts";
import { eventOf, expectedRow, rowsAfter, rowsById } from "./_event_rows.ts";
import { emptyTables, foldEvent } from "./fold.ts";
import { readState } from "./read_tables.ts";
import { addState } from "./_state.ts";
import type { Tally } from "./_tally.ts";

const BATCH = { maxMessages: 2_000, maxBytes: 8 * 1024 * 1024 };
const PAGE_ROWS = 2_000;
/** Folded groups are compared when they are so many, or come from so many events. */
const FOLDED = { groups: 500, events: 20_000 };

export interface ScreenOptions {
  readonly connection: NatsConnection;
  /** Sees one state of the tables. */
  readonly sql: Transaction;
  readonly tally: Tally;
  readonly signal: AbortSignal;
  readonly onRead: (messages: number, events: number) => void;
  /** Called with the group of each event that both the log and `todo_events` have. */
  readonly onMatch: (groupId: string) => void;
  /** Called with each group in which something differs, maybe more than once. */
  readonly suspect: (groupId: string) => void;
}

interface Decoded {
  readonly sequence: number;
  readonly events: readonly GroupEvent[];
  readonly error?: unknown;
}

/** Compares the log of `stream` up to `upTo` with `todo_events`. */
export async function screenLog(
  options: ScreenOptions,
  { stream, shard, upTo }: {
    readonly stream: string;
    readonly shard: number;
    readonly upTo: number;
  },
): Promise<void> {
  if (upTo === 0) return;
  const { connection, signal, onRead } = options;
  const enough = new AbortController();
  const batches = readBatches(connection, {
    ...BATCH,
    stream,
    startSequence: 1,
    decode: decoded,
    signal: AbortSignal.any([signal, enough.signal]),
  });
  try {
    for await (const batch of batches) {
      const messages = batch.filter(({ sequence }) => sequence <= upTo);
      for (const { sequence, error } of messages) {
        if (error !== undefined) options.tally.unreadable(stream, sequence, error);
      }
      await screenMessages(options, messages, shard);
      onRead(messages.length, messages.reduce((sum, { events }) => sum + events.length, 0));
      if ((batch.at(-1)?.sequence ?? 0) >= upTo) break;
    }
  } finally {
    enough.abort(new Error("All is read"));
  }
  signal.throwIfAborted();
}

function decoded(message: Pick<LogMessage, "subject" | "sequence" | "data">): Decoded {
  const { sequence } = message;
  if (isForeign(message)) return { sequence, events: [] };
  try {
    return { sequence, events: decodeEvents(message).events };
  } catch (error) {
    return { sequence, events: [], error };
  }
}

async function screenMessages(
  { sql, tally, onMatch, suspect }: ScreenOptions,
  messages: readonly Decoded[],
  shard: number,
): Promise<void> {
  const rows = await rowsById(sql, messages.flatMap(({ events }) => events.map(({ id }) => id)));
  for (const { sequence, events } of messages) {
    for (const event of events) {
      const { partitionkey: group, time } = event;
      const key = `${group}/${Number(event.sequence)}`;
      const must = expectedRow(event, shard, sequence);
      const row = rows.get(event.id);
      const same = tally.row("todo_events", key, must, row);
      if (row) onMatch(group);
      // A time in another form is the same moment, and another text where a todo repeats it.
      if (!same || new Date(time).toISOString() !== time) suspect(group);
    }
  }
}

/**
 * Compares the other tables with what `todo_events` says.
 *
 * @param isSuspect whether a group is left out: its events are not those of the log
 * @returns how many groups there are
 */
export async function screenTables(
  options: ScreenOptions,
  isSuspect: (groupId: string) => boolean,
): Promise<number> {
  const { sql, signal } = options;
  let folded = emptyTables();
  let last: readonly [string, number] = ["", 0];
  let groups = 0;
  const compare = async () => {
    const ids = [...folded.offsets.keys()];
    if (ids.length === 0) return;
    const differing = addState(options.tally, folded, await readState(sql, ids));
    for (const group of differing) options.suspect(group);
    folded = emptyTables();
  };
  for (;;) {
    signal.throwIfAborted();
    const page = await rowsAfter(sql, last, PAGE_ROWS);
    for (const row of page) {
      if (row.group_id !== last[0]) {
        groups++;
        const { offsets, events } = folded;
        if (offsets.size >= FOLDED.groups || events.size >= FOLDED.events) await compare();
      }
      last = [row.group_id, row.version];
      if (!isSuspect(row.group_id)) foldEvent(folded, eventOf(row));
    }
    if (page.length < PAGE_ROWS) break;
  }
  await compare();
  return groups;
}
