/** What a command's id alone settles, by the ledger: each command is decided once, for ever. */
import type { ProblemCode } from "../protocol/mod.ts";
import { COMMAND_ID_MAX_AHEAD_MS, uuidTimeMs } from "../protocol/plain/mod.ts";
import type { ActorCommand, Decision } from "./kind.ts";
import { type Ledger, ledgerEntry } from "./ledger.ts";

/**
 * The decision on a command that was seen before, is too old to know, or comes from the future.
 *
 * @returns `undefined` when the command is new, which is for the kind to decide
 */
export function settledById(
  ledger: Ledger,
  { command_id: id, actor }: ActorCommand,
  { hash, nowMs }: { readonly hash: string; readonly nowMs: number },
): Decision<never, never> | undefined {
  const entry = ledgerEntry(ledger, id);
  if (entry) {
    return entry.caller === actor && entry.hash === hash
      ? { kind: "replayed", firstVersion: entry.first_version, version: entry.version }
      : refused("idempotency-mismatch", "used", `Command id "${id}" was used for something else`);
  }
  const timeMs = uuidTimeMs(id);
  if (timeMs > nowMs + COMMAND_ID_MAX_AHEAD_MS) {
    return refused("validation", "ahead", `Command id "${id}" is from the future`);
  }
  if (timeMs <= ledger.let_go_ms) {
    const detail = `Command id "${id}" is too old to know whether it was decided`;
    return refused("gone", "too-old", detail);
  }
  return undefined;
}

/** @param fault the code of what is wrong with the id */
function refused(code: ProblemCode, fault: string, detail: string): Decision<never, never> {
  const errors = [{ pointer: "/command_id", code: fault, message: detail }];
  return { kind: "rejected", problem: { code, detail, errors } };
}
