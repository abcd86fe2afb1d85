/** Which rule decides which command. */
import type { SingleCommandBody } from "../protocol/mod.ts";
import { addComment, deleteComment, editComment } from "./_comment_rules.ts";
import type { Draft } from "./_draft.ts";
import {
  createGroup,
  deleteGroup,
  renameGroup,
  restoreGroup,
  updateColumns,
  updateLabels,
} from "./_group_rules.ts";
import { addMember, changeRole, removeMember, transferGroup } from "./_member_rules.ts";
import type { Refusal } from "./_refusal.ts";
import {
  completeTodo,
  createTodo,
  deleteTodo,
  moveTodo,
  reopenTodo,
  restoreTodo,
  updateTodo,
} from "./_todo_rules.ts";
import { takeBack } from "./_undo.ts";

/** Emits the events of one permitted command on the draft, or refuses. */
export function rule(draft: Draft, body: SingleCommandBody): Refusal {
  switch (body.type) {
    case "group.create":
      return createGroup(draft, body.payload);
    case "group.rename":
      return renameGroup(draft, body.payload);
    case "group.update_columns":
      return updateColumns(draft, body.payload);
    case "group.update_labels":
      return updateLabels(draft, body.payload);
    case "group.delete":
      return deleteGroup(draft);
    case "group.restore":
      return restoreGroup(draft);
    case "group.transfer":
      return transferGroup(draft, body.payload);
    case "member.add":
      return addMember(draft, body.payload);
    case "member.change_role":
      return changeRole(draft, body.payload);
    case "member.remove":
      return removeMember(draft, body.payload);
    case "todo.create":
      return createTodo(draft, body.payload);
    case "todo.update":
      return updateTodo(draft, body.payload);
    case "todo.complete":
      return completeTodo(draft, body.payload);
    case "todo.reopen":
      return reopenTodo(draft, body.payload);
    case "todo.move":
      return moveTodo(draft, body.payload);
    case "todo.delete":
      return deleteTodo(draft, body.payload);
    case "todo.restore":
      return restoreTodo(draft, body.payload);
    case "comment.add":
      return addComment(draft, body.payload);
    case "comment.edit":
      return editComment(draft, body.payload);
    case "comment.delete":
      return deleteComment(draft, body.payload);
    case "undo":
    case "redo":
      return takeBack(draft, body.type, body.payload.command_id);
    default:
      return unknown(body);
  }
}

/** Of a newer version of the code: not to be answered with a success that changes nothing. */
function unknown(body: never): never {
  throw new TypeError(`Cannot decide a command of type "${(body as SingleCommandBody).type}"`);
}
