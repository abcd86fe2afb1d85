/**
 * The event that takes back one event. Each case asks three things: does the value still stand as the
 * event left it, may the actor do the reverse, and does the group still have room for it.
 */
import {
  type Capability,
  type Change,
  type EventData,
  type GroupChanges,
  type GroupEvent,
  type Problem,
  type Role,
  type Todo,
  type TodoChanges,
} from "../protocol/mod.ts";
import { findComment, roomForComment } from "./_comment_rules.ts";
import { type Draft, emit } from "./_draft.ts";
import { findDeletedTodo, findMember, findTodo, hasColumn, memberRole, same } from "./fold/mod.ts";
import { heldColumn } from "./_group_rules.ts";
import { membersFull } from "./_member_rules.ts";
import { addCapability, need, removeCapability, todoCapability } from "./_permission.ts";
import { freePosition } from "./_placement.ts";
import type { Refusal } from "./_refusal.ts";
import { CHANGEABLE, definedFields } from "./_todo_fields.ts";
import { bringBack, eventOf, openTodosFull } from "./_todo_rules.ts";

interface Actor {
  readonly id: string;
  /** The role with which the undo was sent; what the undo itself changes does not count. */
  readonly role: Role;
}

/** `undefined` when the reverse was emitted, a problem, or a phrase that says what stands against it. */
export type Answer = undefined | Problem | string;

/** Emits the reverse of `event` on the draft. */
export function compensate(draft: Draft, event: GroupEvent, actor: Actor): Answer {
  const may = (capability: Capability) => need(actor.role, capability, draft.command.type);
  switch (event.type) {
    case "com.todo1m.group.created":
      return "creating a group is taken back by deleting it";
    case "com.todo1m.group.updated":
      return may("group.update") ?? revertGroup(draft, event.data.changes);
    case "com.todo1m.group.deleted":
      if (draft.state.deleted_at === undefined) return "the group is restored already";
      return may("group.delete") ?? emit(draft, "group.restored", {});
    case "com.todo1m.group.restored":
      return may("group.delete") ?? emit(draft, "group.deleted", {});
    case "com.todo1m.member.added":
      return may(removeCapability(draft.state, actor.id, event.data.user_id)) ??
        revertAdded(draft, event.data);
    case "com.todo1m.member.removed":
      return may(addCapability(event.data.role)) ?? revertRemoved(draft, event.data);
    case "com.todo1m.member.role_changed": {
      const { from, to } = event.data;
      const owner = from === "owner" || to === "owner";
      return may(owner ? "group.transfer" : "member.change-role") ??
        revertRole(draft, event.data);
    }
    case "com.todo1m.todo.created":
    case "com.todo1m.todo.restored":
      return mayEdit(draft, actor, event.data.todo.id) ?? revertCreated(draft, event.data.todo);
    case "com.todo1m.todo.deleted":
      return mayEdit(draft, actor, event.data.todo.id) ?? revertDeleted(draft, event.data.todo);
    case "com.todo1m.todo.updated":
    case "com.todo1m.todo.completed":
    case "com.todo1m.todo.reopened":
    case "com.todo1m.todo.moved":
      return mayEdit(draft, actor, event.data.todo_id) ?? revertTodo(draft, event.data);
    case "com.todo1m.reminder.fired":
      return "a reminder that has fired cannot be taken back";
    case "com.todo1m.comment.added":
      return may(commentCapability(event.data.comment.author, actor)) ??
        revertCommentAdded(draft, event.data);
    case "com.todo1m.comment.edited":
      return revertCommentEdited(draft, event.data, actor);
    case "com.todo1m.comment.deleted":
      return may(commentCapability(event.data.comment.author, actor)) ??
        revertCommentDeleted(draft, event.data);
    default:
      event satisfies never;
      return "it was written by a newer version";
  }
}

function mayEdit(draft: Draft, actor: Actor, todoId: string): Refusal {
  const capability = todoCapability(draft.state, actor.id, todoId);
  return capability && need(actor.role, capability, draft.command.type);
}

function commentCapability(author: string, actor: Actor): Capability {
  return author === actor.id ? "comment.edit-own" : "comment.edit-others";
}

function revertGroup(draft: Draft, changes: GroupChanges): Answer {
  for (const field of ["name", "columns", "labels"] as const) {
    const change = changes[field];
    if (change && !same(draft.state[field], change.to)) return `"${field}" was changed since`;
  }
  const held = changes.columns?.from && heldColumn(draft.state, changes.columns.from);
  if (held !== undefined) return `column "${held}" holds todos`;
  const reversed: GroupChanges = {
    ...(changes.name ? { name: reverseChange(changes.name) } : {}),
    ...(changes.columns ? { columns: reverseChange(changes.columns) } : {}),
    ...(changes.labels ? { labels: reverseChange(changes.labels) } : {}),
  };
  return emit(draft, "group.updated", { changes: reversed });
}

function revertAdded(draft: Draft, { user_id, role }: EventData["member.added"]): Answer {
  const member = findMember(draft.state, user_id);
  if (member?.role !== role) return `the membership of "${user_id}" was changed since`;
  if (role === "owner") return "the owner cannot be removed";
  return emit(draft, "member.removed", { user_id, role, joined_at: member.joined_at });
}

function revertRemoved(draft: Draft, data: EventData["member.removed"]): Answer {
  const { user_id, role, joined_at } = data;
  if (memberRole(draft.state, user_id) !== undefined) return `"${user_id}" is a member again`;
  return membersFull(draft.state) ?? emit(draft, "member.added", { user_id, role, joined_at });
}

function revertRole(draft: Draft, data: EventData["member.role_changed"]): Answer {
  const { user_id, from, to } = data;
  if (memberRole(draft.state, user_id) !== to) return `the role of "${user_id}" was changed since`;
  return emit(draft, "member.role_changed", { user_id, from: to, to: from });
}

function revertCreated(draft: Draft, created: Todo): Answer {
  const todo = findTodo(draft.state, created.id);
  if (!todo) return `todo "${created.id}" is deleted`;
  const touched = CHANGEABLE.some((field) => !same(todo[field], created[field])) ||
    !same(todo.comments, created.comments);
  return touched ? `todo "${created.id}" was changed since` : emit(draft, "todo.deleted", { todo });
}

function revertDeleted(draft: Draft, { id }: Todo): Answer {
  const deleted = findDeletedTodo(draft.state, id);
  return deleted ? bringBack(draft, deleted) : `todo "${id}" cannot be restored`;
}

function revertTodo(
  draft: Draft,
  { todo_id, changes }: { readonly todo_id: string; readonly changes: TodoChanges },
): Answer {
  const todo = findTodo(draft.state, todo_id);
  if (!todo) return `todo "${todo_id}" is deleted`;
  const touched = CHANGEABLE.find((field) =>
    changes[field] !== undefined && !same(todo[field], changes[field]?.to)
  );
  if (touched !== undefined) return `"${touched}" of todo "${todo_id}" was changed since`;
  const reversed = reverseChanges(draft, todo, changes);
  // A label or an assignee that has left the group meanwhile may stay on a todo, so it may come back.
  const column = reversed.status?.to;
  if (column !== undefined && !hasColumn(draft.state, column)) return `column "${column}" is gone`;
  const full = reversed.completed?.to === false ? openTodosFull(draft.state) : undefined;
  return full ?? emit(draft, eventOf(reversed), { todo_id, changes: reversed });
}

function reverseChanges(draft: Draft, todo: Todo, changes: TodoChanges): TodoChanges {
  const { position, ...reversed }: TodoChanges = Object.fromEntries(
    Object.entries(changes).map(([field, change]) => [field, reverseChange(change as Change)]),
  );
  if (!position && !reversed.status) return reversed;
  // Its old place may have been taken meanwhile.
  const column = reversed.status?.to ?? todo.status;
  const wanted = position?.to ?? todo.position;
  const to = freePosition(draft.state, column, wanted, todo.id);
  return to === todo.position ? reversed : { ...reversed, position: { from: todo.position, to } };
}

function revertCommentAdded(draft: Draft, data: EventData["comment.added"]): Answer {
  const { todo_id, comment: added } = data;
  const todo = findTodo(draft.state, todo_id);
  const comment = todo && findComment(todo, added.id);
  return same(comment, added)
    ? emit(draft, "comment.deleted", { todo_id, comment: added })
    : `comment "${added.id}" was changed since`;
}

function revertCommentEdited(
  draft: Draft,
  { todo_id, comment_id, changes }: EventData["comment.edited"],
  actor: Actor,
): Answer {
  const todo = findTodo(draft.state, todo_id);
  const comment = todo && findComment(todo, comment_id);
  if (!comment || comment.text !== changes.text.to || comment.edited_at !== changes.edited_at.to) {
    return `comment "${comment_id}" was changed since`;
  }
  const reversed = {
    text: reverseChange(changes.text),
    edited_at: reverseChange(changes.edited_at),
  };
  return need(actor.role, commentCapability(comment.author, actor), draft.command.type) ??
    emit(draft, "comment.edited", { todo_id, comment_id, changes: reversed });
}

function revertCommentDeleted(draft: Draft, data: EventData["comment.deleted"]): Answer {
  const { todo_id, comment } = data;
  const todo = findTodo(draft.state, todo_id);
  if (!todo) return `todo "${todo_id}" is deleted`;
  if (findComment(todo, comment.id)) return `comment "${comment.id}" exists again`;
  return roomForComment(todo, comment) ?? emit(draft, "comment.added", { todo_id, comment });
}

function reverseChange<T>({ from, to }: Change<T>): Change<T> {
  return definedFields({ from: to, to: from } as Change<T>);
}
