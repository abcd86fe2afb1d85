/**
 * Which accepted command an `undo` or `redo` is about, and whose events have to be taken back. Undoing
 * an undo is a redo, undoing a redo is an undo again: both lead to the command at the root.
 */
import type { MailboxCommand } from "../protocol/mod.ts";
import { type GroupState, type LedgerEntry, ledgerEntry } from "./fold/mod.ts";

export interface Aim {
  /** The command whose effect is to be taken back (`undo`) or brought back (`redo`). */
  readonly root: LedgerEntry;
  readonly direction: "undo" | "redo";
  /** The command whose events the compensation reverses; `undefined`: there is nothing to reverse. */
  readonly source?: LedgerEntry;
}

/** What an `undo` or `redo` aims at; `undefined` when the ledger does not know the command. */
export function aimOf(
  state: GroupState,
  type: "undo" | "redo",
  commandId: string,
): Aim | undefined {
  const named = ledgerEntry(state.ledger, commandId);
  if (!named) return undefined;
  const root = ledgerEntry(state.ledger, named.undoes ?? named.redoes ?? commandId);
  if (!root) return undefined;
  const direction = named.undoes === undefined ? type : type === "undo" ? "redo" : "undo";
  const undone = root.undone_by !== undefined;
  if (undone !== (direction === "redo")) return { root, direction };
  const sourceId = direction === "redo" ? root.undone_by : root.redone_by ?? root.command_id;
  const source = sourceId === undefined ? undefined : ledgerEntry(state.ledger, sourceId);
  return source ? { root, direction, source } : { root, direction };
}

/**
 * The versions whose events `decide` needs in `context.original` for this command; `undefined` when it
 * needs none, because the command is no `undo` or `redo` or because it will be refused.
 */
export function originalOf(
  state: GroupState,
  command: MailboxCommand,
): { readonly firstVersion: number; readonly version: number } | undefined {
  if (command.type !== "undo" && command.type !== "redo") return undefined;
  const source = aimOf(state, command.type, command.payload.command_id)?.source;
  return source && { firstVersion: source.first_version, version: source.version };
}
