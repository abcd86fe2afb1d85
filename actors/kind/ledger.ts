/**
 * The ledger: which commands an actor has accepted, so that each is decided once for ever. Keeps per
 * command who sent it, the fingerprint of its body and the versions of its events, never the events.
 * Old entries are let go; the newest id time let go tells which unknown ids are too old to judge.
 */
import {
  LEDGER_MAX_COMMANDS,
  LEDGER_MIN_AGE_MS,
  LEDGER_MIN_COMMANDS,
  uuidTimeMs,
} from "../protocol/plain/mod.ts";
import {
  emptyMap,
  lookup,
  mapOf,
  type PersistentMap,
  valuesOf,
  withEntry,
  withoutEntry,
} from "./persistent_map.ts";
import { emptyQueue, oldest, popped, pushed, type Queue, queueOf } from "./_queue.ts";

export interface LedgerEntry {
  readonly command_id: string;
  readonly caller: string;
  readonly hash: string;
  /** The actor's version after the command's first and after its last event. */
  readonly first_version: number;
  readonly version: number;
  /** When the mailbox took it in, milliseconds since the Unix epoch. */
  readonly at_ms: number;
  /** Id of the undo that took this command back and is in effect. */
  readonly undone_by?: string;
  /** Id of the latest redo of this command. */
  readonly redone_by?: string;
  /** The command is itself an undo, or a redo, of this one. */
  readonly undoes?: string;
  readonly redoes?: string;
}

export interface Ledger {
  readonly entries: PersistentMap<LedgerEntry>;
  /** The ids of the entries, in the order in which they were accepted. */
  readonly order: Queue<string>;
  /** Newest id time, in milliseconds, among the commands let go; 0 before the first. */
  readonly let_go_ms: number;
}

export const EMPTY_LEDGER: Ledger = {
  entries: emptyMap(),
  order: emptyQueue(),
  let_go_ms: 0,
};

/** One event, as far as the ledger cares. */
export interface LedgerNote {
  readonly command_id: string;
  readonly caller: string;
  readonly hash: string;
  readonly version: number;
  readonly at_ms: number;
  readonly undoes?: string | undefined;
  readonly redoes?: string | undefined;
}

/** The entry of an accepted command that the ledger still knows. */
export function ledgerEntry(ledger: Ledger, commandId: string): LedgerEntry | undefined {
  return lookup(ledger.entries, commandId);
}

/** The actor's version after the first event of the oldest command that the ledger still knows. */
export function oldestVersion({ entries, order }: Ledger): number | undefined {
  return lookup(entries, oldest(order) ?? "")?.first_version;
}

/** The ledger after one more event. */
export function noteEvent(ledger: Ledger, note: LedgerNote): Ledger {
  const known = ledgerEntry(ledger, note.command_id);
  if (known) {
    return put(ledger, { ...known, version: Math.max(known.version, note.version) });
  }
  const added = put(markTarget(ledger, note), {
    command_id: note.command_id,
    caller: note.caller,
    hash: note.hash,
    first_version: note.version,
    version: note.version,
    at_ms: note.at_ms,
    ...(note.redoes !== undefined
      ? { redoes: note.redoes }
      : note.undoes !== undefined
      ? { undoes: note.undoes }
      : {}),
  });
  return letGo({ ...added, order: pushed(added.order, note.command_id) }, note.at_ms);
}

/** Records on the command that an undo or a redo is about that it was taken back or is in effect. */
function markTarget(ledger: Ledger, note: LedgerNote): Ledger {
  const target = ledgerEntry(ledger, note.redoes ?? note.undoes ?? "");
  if (!target) return ledger;
  if (note.redoes === undefined) return put(ledger, { ...target, undone_by: note.command_id });
  const { undone_by: _, ...inEffect } = target;
  return put(ledger, { ...inEffect, redone_by: note.command_id });
}

function put(ledger: Ledger, entry: LedgerEntry): Ledger {
  return { ...ledger, entries: withEntry(ledger.entries, entry.command_id, entry) };
}

function letGo(ledger: Ledger, nowMs: number): Ledger {
  let { entries, order, let_go_ms } = ledger;
  while (entries.size > LEDGER_MIN_COMMANDS) {
    const id = oldest(order) ?? "";
    const entry = lookup(entries, id);
    const old = entry !== undefined && nowMs - entry.at_ms > LEDGER_MIN_AGE_MS;
    if (!old && entries.size <= LEDGER_MAX_COMMANDS) break;
    entries = withoutEntry(entries, id);
    order = popped(order);
    let_go_ms = Math.max(let_go_ms, uuidTimeMs(id) || 0);
  }
  return entries === ledger.entries ? ledger : { entries, order, let_go_ms };
}

/** The ledger as JSON: entries oldest first. */
export interface LedgerSnapshot {
  readonly let_go_ms: number;
  readonly entries: readonly LedgerEntry[];
}

export function ledgerToSnapshot(ledger: Ledger): LedgerSnapshot {
  const entries = valuesOf(ledger.entries).sort((a, b) => a.first_version - b.first_version);
  return { let_go_ms: ledger.let_go_ms, entries };
}

export function ledgerFromSnapshot({ let_go_ms, entries }: LedgerSnapshot): Ledger {
  return {
    entries: mapOf(entries.map((entry) => [entry.command_id, entry] as const)),
    order: queueOf(entries.map((entry) => entry.command_id)),
    let_go_ms,
  };
}
