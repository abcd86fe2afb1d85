/** What operators read on a terminal about a job. Pure. */
import type { CheckResult, Difference } from "../check/mod.ts";
import type { RebuildResult } from "../rebuild/mod.ts";
import type { Job, JobProgress } from "../jobs/mod.ts";

export function jobText({ kind, id, groupId }: Job): string {
  return `${kind}${groupId === undefined ? "" : ` of group ${groupId}`}, job ${id}`;
}

export function progressText(progress: JobProgress): string {
  const { phase, messages_done, messages_total, events_per_second, seconds_left } = progress;
  const share = messages_total > 0 ? Math.floor(100 * messages_done / messages_total) : 100;
  const left = seconds_left === undefined ? "" : `, ${seconds_left} s left`;
  return `${phase}: ${messages_done} of ${messages_total} messages (${share} %), ` +
    `${events_per_second} events/s${left}`;
}

export function rebuildText(result: RebuildResult): string {
  const { events, seconds, events_per_second, swap_ms, held_ms, skipped, duplicates } = result;
  const lines = [
    `Rebuilt from ${events} events in ${seconds} s (${events_per_second} events/s); ` +
    `readers waited for ${swap_ms} ms, the projector for ${held_ms} ms`,
  ];
  if (duplicates > 0) lines.push(`${duplicates} events are in the log more than once`);
  if (skipped > 0) lines.push(`${skipped} messages were left out:`);
  for (const { stream, sequence, reason } of result.skipped_examples) {
    lines.push(`  ${stream} ${sequence}: ${reason}`);
  }
  return lines.join("\n");
}

export function differenceText({ group, table, key, field, kind, ...sides }: Difference): string {
  const row = [table, group, key].filter(Boolean).join(" ");
  switch (kind) {
    case "missing":
      return `${row}: missing`;
    case "unexplained": {
      const what = sides.actual === undefined ? "" : ` (${sides.actual})`;
      return `${row}: the log does not explain it${what}`;
    }
    case "different": {
      const [expected, actual] = [sides.expected, sides.actual].map((side) => JSON.stringify(side));
      return `${row}: ${field} is ${actual}, must be ${expected}`;
    }
    default:
      return kind satisfies never;
  }
}

/** Whether the check found what it was about, and nothing that differs. */
export function isPassed(result: CheckResult, groupId: string | undefined): boolean {
  return result.equal && !isUnknown(result, groupId);
}

/** A group that was asked for by a wrong name would seem to be as it must be. */
function isUnknown({ groups }: CheckResult, groupId: string | undefined): boolean {
  return groupId !== undefined && groups === 0;
}

export function checkText(result: CheckResult, groupId?: string): string {
  if (isUnknown(result, groupId)) return `Neither the log nor the tables know group ${groupId}`;
  const rows = Object.entries(result.rows).map(([table, count]) => `${count} ${table}`).join(", ");
  const lines = [
    `${result.groups} groups, ${result.events} events compared in ${result.seconds} s: ${rows}`,
    `log ${result.log_checksum}, tables ${result.tables_checksum}`,
  ];
  for (const { stream, sequence, reason } of result.unreadable_examples) {
    lines.push(`${stream} ${sequence} cannot be read: ${reason}`);
  }
  if (result.groups_not_looked_at > 0) {
    lines.push(`${result.groups_not_looked_at} further groups differ and were not looked at`);
  }
  lines.push(result.equal ? "No differences" : `${result.differences} differences`);
  return lines.join("\n");
}
