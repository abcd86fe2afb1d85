/**
 * Undo and redo: the events that take back what an earlier command did, in reverse order. Refused when
 * a later change touched the same values, and for whoever may not do the reverse by hand.
 */
import type { GroupEvent, Problem } from "../protocol/mod.ts";
import { compensate } from "./_compensate.ts";
import type { Draft } from "./_draft.ts";
import { memberRole } from "./fold/mod.ts";
import { aimOf } from "./_original.ts";
import { type Refusal, refuse } from "./_refusal.ts";

type Type = "undo" | "redo";

/**
 * Emits the compensation for the command `commandId`.
 *
 * @throws {TypeError} when the context lacks the events that `originalOf` named
 */
export function takeBack(draft: Draft, type: Type, commandId: string): Refusal {
  const { state } = draft;
  const aim = aimOf(state, type, commandId);
  if (!aim) return refuse("not-found", `Command "${commandId}" is not known in the group`);
  const { root, direction, source } = aim;
  if (!source) {
    const detail = direction === "undo" ? "it is already undone" : "it is not undone";
    return conflict(type, commandId, detail);
  }
  const original = draft.context.original?.filter((event) =>
    event.causationid === source.command_id
  );
  if (!original?.length) {
    throw new TypeError(`Cannot ${type} command "${commandId}": its events were not handed in`);
  }
  draft.compensation = direction === "undo"
    ? { undoes: root.command_id }
    : { undoes: source.command_id, redoes: root.command_id };
  return reverse(draft, original, { type, commandId });
}

function reverse(
  draft: Draft,
  original: readonly GroupEvent[],
  { type, commandId }: { readonly type: Type; readonly commandId: string },
): Refusal {
  const { state, command } = draft;
  const role = memberRole(state, command.actor);
  if (role === undefined) throw new TypeError("An undo is decided for members only");
  if (state.deleted_at !== undefined && original.at(-1)?.type !== "com.todo1m.group.deleted") {
    return refuse("gone", `Group "${state.id}" is deleted`);
  }
  for (const event of original.toReversed()) {
    const answer = compensate(draft, event, { id: command.actor, role });
    if (answer === undefined) continue;
    return typeof answer === "string" ? conflict(type, commandId, answer) : answer;
  }
}

function conflict(type: Type, commandId: string, why: string): Problem {
  return refuse("undo-conflict", `Cannot ${type} command "${commandId}": ${why}`);
}
