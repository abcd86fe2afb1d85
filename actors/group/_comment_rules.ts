/** Rules of the commands about a todo's comments. */
import { type Comment, COMMENTS_PER_TODO, COMMIT_MAX_BYTES, type Todo } from "../protocol/mod.ts";
import { type Draft, emit, ownId } from "./_draft.ts";
import { findTodo } from "./fold/mod.ts";
import { type Refusal, refuse } from "./_refusal.ts";
import { definedFields } from "./_todo_fields.ts";
import { noTodo } from "./_todo_rules.ts";

/**
 * Largest todo with all its comments, as JSON: its deletion carries the whole of it in one message,
 * with room for an envelope and for what its other fields may still grow by.
 */
const TODO_MAX_BYTES = COMMIT_MAX_BYTES - 256 * 1024;
/** Below this many characters of comments no encoding of them can reach the limit. */
const SURELY_SMALL_CHARS = 50_000;

interface Target {
  readonly todo_id: string;
  readonly comment_id: string;
}

export function addComment(
  draft: Draft,
  payload: { readonly todo_id: string; readonly comment_id?: string; readonly text: string },
): Refusal {
  const { todo_id, comment_id: id = ownId(draft), text } = payload;
  const todo = findTodo(draft.state, todo_id);
  if (!todo) return noTodo(todo_id);
  if (findComment(todo, id)) {
    return refuse("conflict", `Cannot add comment "${id}": the id is in use`);
  }
  const comment = { id, text, author: draft.command.actor, created_at: draft.now };
  const refusal = roomForComment(todo, comment);
  if (refusal) return refusal;
  return emit(draft, "comment.added", { todo_id, comment });
}

export function editComment(draft: Draft, payload: Target & { readonly text: string }): Refusal {
  const { todo_id, comment_id, text } = payload;
  const todo = findTodo(draft.state, todo_id);
  if (!todo) return noTodo(todo_id);
  const comment = findComment(todo, comment_id);
  if (!comment) return noComment(comment_id);
  const refusal = tooLarge(todo, { ...comment, text });
  if (refusal) return refusal;
  const changes = {
    text: { from: comment.text, to: text },
    edited_at: definedFields({ from: comment.edited_at, to: draft.now }) as { to: string },
  };
  return emit(draft, "comment.edited", { todo_id, comment_id, changes });
}

export function deleteComment(draft: Draft, { todo_id, comment_id }: Target): Refusal {
  const todo = findTodo(draft.state, todo_id);
  if (!todo) return noTodo(todo_id);
  const comment = findComment(todo, comment_id);
  if (!comment) return noComment(comment_id);
  return emit(draft, "comment.deleted", { todo_id, comment });
}

/** The comment of `todo` with this id. */
export function findComment(todo: Todo, commentId: string): Comment | undefined {
  return todo.comments?.find(({ id }) => id === commentId);
}

/** Refuses when the todo cannot take `comment` too. */
export function roomForComment(todo: Todo, comment: Comment): Refusal {
  const { id, comments = [] } = todo;
  return comments.length < COMMENTS_PER_TODO
    ? tooLarge(todo, comment)
    : refuse("conflict", `Cannot comment on todo "${id}": it has ${COMMENTS_PER_TODO} comments`);
}

function tooLarge(todo: Todo, added: Comment): Refusal {
  const others = todo.comments?.filter(({ id }) => id !== added.id) ?? [];
  const comments = [...others, added];
  const characters = comments.reduce((sum, { text }) => sum + text.length, 0);
  if (characters < SURELY_SMALL_CHARS) return undefined;
  const bytes = new TextEncoder().encode(JSON.stringify({ ...todo, comments })).length;
  return bytes <= TODO_MAX_BYTES
    ? undefined
    : refuse("too-large", `Cannot comment on todo "${todo.id}": its comments are too large`);
}

function noComment(commentId: string): Refusal {
  return refuse("not-found", `Comment "${commentId}" does not exist on the todo`);
}
