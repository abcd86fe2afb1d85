/**
 * Which fold wrote a snapshot: a fingerprint of what the fold makes of the golden log. A change of the fold
 * changes it by itself, so that no state is mixed from two of them.
 */
import { createHash } from "node:crypto";
import { emptyGroup, evolve, type GroupState, toSnapshot } from "../mod.ts";
import { goldenLog } from "./golden_log.ts";
import {
  type GroupEvent,
  LEDGER_MAX_COMMANDS,
  LEDGER_MIN_AGE_MS,
  LEDGER_MIN_COMMANDS,
  RESTORABLE_TODOS_PER_GROUP,
} from "../../../protocol/mod.ts";

/** Limits that the fold applies and that a short log does not reach. */
const LIMITS = [
  LEDGER_MAX_COMMANDS,
  LEDGER_MIN_AGE_MS,
  LEDGER_MIN_COMMANDS,
  RESTORABLE_TODOS_PER_GROUP,
];
/** Raised when the text of a snapshot changes beyond the state in it. */
const FORM = 1;
const LENGTH = 32;

/** The fingerprint of `fold` (hex): of the states after each event of the golden log. */
export function snapshotSchema(
  fold: (state: GroupState, event: GroupEvent) => GroupState = evolve,
): string {
  const hash = createHash("sha256").update(JSON.stringify([FORM, LIMITS]));
  let state = emptyGroup("golden");
  for (const event of goldenLog()) {
    state = fold(state, event);
    hash.update(JSON.stringify(toSnapshot(state)));
  }
  return hash.digest("hex").slice(0, LENGTH);
}

let schema: string | undefined;

/** The fingerprint of this code's fold, computed once. */
export function groupSchema(): string {
  return schema ??= snapshotSchema();
}
