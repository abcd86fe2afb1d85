/**
 * What every command passes before its own rule, once its id is new: the group's existence as far as the caller may
 * know of it, the caller's role, and the version the caller saw. In this order.
 */
import {
  GROUP_RESTORE_MS,
  type MailboxCommand,
  type Problem,
  type Role,
  type SingleCommandBody,
} from "../protocol/mod.ts";
import type { Decision } from "./_decision.ts";
import { findDeletedTodo, findTodo, type GroupState, memberRole } from "./fold/mod.ts";
import { type Refusal, refuse } from "./_refusal.ts";

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
