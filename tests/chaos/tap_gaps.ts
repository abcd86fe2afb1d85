/**
 * What can be said of a mailbox some of whose entries nobody has seen: an entry is its command's first one
 * unless an earlier one may lie in a gap. Pure.
 */
import type { Answered, MailboxEntry } from "../support/history.ts";

/** Sequences that were gone before they were seen. */
export interface Gap {
  readonly from: number;
  readonly to: number;
  /** When that was noticed, on the clock of the history: whatever was sent later is not in it. */
  readonly notedAtMs: number;
}

/** Those of `entries` before which their command cannot have been in the mailbox. */
export function surelyFirst(
  entries: readonly MailboxEntry[],
  gaps: readonly Gap[],
  history: readonly Answered[],
): readonly MailboxEntry[] {
  if (gaps.length === 0) return entries;
  const sentAtMs = new Map<string, number>();
  for (const { command_id: id, sentAtMs: ms } of history) {
    sentAtMs.set(id, Math.min(ms, sentAtMs.get(id) ?? Infinity));
  }
  return entries.filter(({ commandId, sequence }) => {
    // What timers send is in no history.
    const sent = sentAtMs.get(commandId) ?? -Infinity;
    return !gaps.some(({ from, notedAtMs }) => from < sequence && notedAtMs >= sent);
  });
}
