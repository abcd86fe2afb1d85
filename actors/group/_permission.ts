/**
 * Who may do what: translates each command, on the state as it stands, into a capability of the role
 * table. The only place where the aggregate asks for roles.
 */
import { allows, type Capability, type Role, type SingleCommandBody } from "../protocol/mod.ts";
import { findDeletedTodo, findTodo, type GroupState, memberRole } from "./fold/mod.ts";
import { type Refusal, refuse } from "./_refusal.ts";

/** Refuses unless `role` includes `capability`. */
export function need(role: Role, capability: Capability, action: string): Refusal {
  if (allows(role, capability)) return undefined;
  return refuse(
    "forbidden",
    `Cannot do "${action}": the role "${role}" does not include "${capability}"`,
  );
}

/** Refuses when the member `actor` with `role` may not send this command. */
export function permit(
  state: GroupState,
  actor: { readonly id: string; readonly role: Role },
  body: SingleCommandBody,
): Refusal {
  const capability = capabilityFor(state, actor.id, body);
  return capability && need(actor.role, capability, body.type);
}

/** The capability the command takes; `undefined` where its rules ask themselves or find nothing. */
function capabilityFor(
  state: GroupState,
  actorId: string,
  body: SingleCommandBody,
): Capability | undefined {
  switch (body.type) {
    case "group.create":
    case "undo":
    case "redo":
      return undefined;
    case "group.rename":
    case "group.update_columns":
    case "group.update_labels":
      return "group.update";
    case "group.delete":
    case "group.restore":
      return "group.delete";
    case "group.transfer":
      return "group.transfer";
    case "member.add":
      return addCapability(body.payload.role);
    case "member.change_role":
      return "member.change-role";
    case "member.remove":
      return removeCapability(state, actorId, body.payload.user_id);
    case "todo.create":
      return "todo.create";
    case "todo.update":
    case "todo.complete":
    case "todo.reopen":
    case "todo.move":
    case "todo.delete":
    case "todo.restore":
      return todoCapability(state, actorId, body.payload.todo_id);
    case "comment.add":
      return "comment.add";
    case "comment.edit":
    case "comment.delete":
      return commentCapability(state, actorId, body.payload);
  }
}

/** What it takes to add a member with `role`. */
export function addCapability(role: Role): Capability {
  return role === "member" ? "member.add-member" : "member.add-admin";
}

/** What it takes to remove `userId`; one's self: to leave. */
export function removeCapability(state: GroupState, actorId: string, userId: string): Capability {
  if (userId === actorId) return "member.leave";
  const role = memberRole(state, userId);
  return role === undefined || role === "member" ? "member.remove-member" : "member.remove-admin";
}

/** What it takes to change a todo, deleted ones included; `undefined` when there is none. */
export function todoCapability(
  state: GroupState,
  actorId: string,
  todoId: string,
): Capability | undefined {
  const todo = findTodo(state, todoId) ?? findDeletedTodo(state, todoId);
  return todo && (todo.created_by === actorId ? "todo.edit-own" : "todo.edit-others");
}

function commentCapability(
  state: GroupState,
  actorId: string,
  { todo_id, comment_id }: { readonly todo_id: string; readonly comment_id: string },
): Capability | undefined {
  const comment = findTodo(state, todo_id)?.comments?.find(({ id }) => id === comment_id);
  return comment && (comment.author === actorId ? "comment.edit-own" : "comment.edit-others");
}
