/**
 * What became of a command. An outcome exists only after the log has acknowledged the commit (or for a
 * rejection decided on acknowledged state); a missing outcome means "not known", never "failed".
 */
import type { GroupEvent } from "./event.ts";
import type { Problem } from "./problem.ts";

export interface Committed {
  readonly status: "committed";
  readonly command_id: string;
  readonly group_id: string;
  readonly partition: number;
  /** The group's version after the command's last event. */
  readonly version: number;
  readonly events: readonly GroupEvent[];
}

export interface Rejected {
  readonly status: "rejected";
  readonly command_id: string;
  readonly group_id: string;
  readonly partition: number;
  readonly problem: Problem;
}

export type Outcome = Committed | Rejected;

/**
 * Encodes a committed outcome around the already encoded text of its events.
 *
 * @param outcome what a {@link Committed} has, of whatever kind of actor: another names itself by another
 *   member than `group_id`
 */
export function encodeCommitted<T extends Pick<Committed, "command_id" | "partition" | "version">>(
  outcome: T,
  events: readonly string[],
): string {
  const head = JSON.stringify({ ...outcome, status: "committed" });
  return `${head.slice(0, -1)},"events":[${events.join(",")}]}`;
}
