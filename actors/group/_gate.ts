/**
 * What every command passes before its own rule: its id, the group's existence as far as the caller may
 * know of it, the caller's role, and the version the caller saw. In this order.
 */
import {
  type Command,
  COMMAND_ID_MAX_AHEAD_MS,
  GROUP_RESTORE_MS,
  type MailboxCommand,
  type Problem,
  type Role,
  type SingleCommandBody,
  uuidTimeMs,
} from "../protocol/mod.ts";
import type { DecideContext, Decision } from "./_decision.ts";
import { findDeletedTodo, findTodo, type GroupState, ledgerEntry, memberRole } from "./fold/mod.ts";
import { type Refusal, refuse } from "./_refusal.ts";

/** The decision that the command's id alone settles: seen before, too old to know, or from ahead. */
export function settledById(
  state: GroupState,
  command: Command,
  { hash, nowMs }: DecideContext,
): Decision | undefined {
  const { command_id: id, actor } = command;
  const entry = ledgerEntry(state.ledger, id);
  if (entry) {
    return entry.caller === actor && entry.hash === hash
      ? { kind: "replayed", firstVersion: entry.first_version, version: entry.version }
      : rejected(refuse("idempotency-mismatch", `Command id "${id}" was used for something else`));
  }
  const timeMs = uuidTimeMs(id);
  if (timeMs > nowMs + COMMAND_ID_MAX_AHEAD_MS) {
    const detail = `Command id "${id}" is from the future`;
    const errors = [{ pointer: "/command_id", code: "ahead", message: detail }];
    return rejected({ code: "validation", detail, errors });
  }
  if (timeMs <= state.ledger.let_go_ms) {
    return rejected(refuse("gone", `Command id "${id}" is too old to know whether it was decided`));
  }
  return undefined;
}

/** The decision to refuse. */
export function rejected(problem: Problem): Decision {
  return { kind: "rejected", problem };
}

export type Presence =
  | { readonly ok: true; readonly role: Role }
  | { readonly ok: false; readonly problem: Problem };

/** The caller's role; to a stranger the group does not exist. */
export function presence(state: GroupState, actor: string): Presence {
  const role = memberRole(state, actor);
  if (state.version > 0 && role !== undefined) return { ok: true, role };
  return { ok: false, problem: refuse("not-found", `Group "${state.id}" does not exist`) };
}

/** Refuses what cannot be done to a deleted group: all but its owner's bringing it back in time. */
export function alive(
  state: GroupState,
  { role, nowMs, type }: {
    readonly role: Role;
    readonly nowMs: number;
    readonly type: SingleCommandBody["type"];
  },
): Refusal {
  if (state.deleted_at === undefined) return undefined;
  const restores = type === "group.restore" || type === "undo" || type === "redo";
  const inTime = nowMs - Date.parse(state.deleted_at) <= GROUP_RESTORE_MS;
  return restores && inTime && role === "owner"
    ? undefined
    : refuse("gone", `Group "${state.id}" is deleted`);
}

/** Refuses when the group, or the todo that the payload names, has moved on from what was expected. */
export function unchanged(
  state: GroupState,
  body: MailboxCommand | SingleCommandBody,
  expected: number | undefined,
): Refusal {
  if (expected === undefined) return undefined;
  const { version, what } = currentVersion(state, body);
  if (version === undefined || version === expected) return undefined;
  const detail = `Expected version ${expected} of the ${what}, which is at ${version}`;
  return { ...refuse("version-conflict", detail), version };
}

function currentVersion(state: GroupState, { type, payload }: MailboxCommand | SingleCommandBody) {
  if (type === "todo.create" || !("todo_id" in payload)) {
    return { version: state.version, what: "group" };
  }
  // A todo that does not exist has no version; its rule says so.
  const todo = findTodo(state, payload.todo_id) ?? findDeletedTodo(state, payload.todo_id);
  return { version: todo?.version, what: "todo" };
}
