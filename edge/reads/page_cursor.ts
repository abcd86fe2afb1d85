/**
 * The opaque cursor of a list of todos: where the last page ended, and of which group, since a cursor
 * means nothing elsewhere. Newest first, by creation and then by id.
 */
import { malformed } from "../http/mod.ts";

/** The last todo of a page. */
export interface PageEnd {
  /** Creation in microseconds since the Unix epoch. */
  readonly createdAtMicros: string;
  readonly todoId: string;
}

const TEXT = /^1:([A-Za-z0-9_-]{1,64}):(\d{1,17}):([A-Za-z0-9_-]{1,64})$/;

/** The cursor's text for the page of `groupId` after `end`. */
export function formatPageCursor(groupId: string, end: PageEnd): string {
  return btoa(`1:${groupId}:${end.createdAtMicros}:${end.todoId}`)
    .replaceAll("+", "-").replaceAll("/", "_").replace(/=+$/, "");
}

/**
 * Reads a cursor made for `groupId`.
 *
 * @throws {ProblemError} `malformed` when it is none, or one of another group
 */
export function parsePageCursor(groupId: string, cursor: string): PageEnd {
  const [, group, createdAtMicros, todoId] = TEXT.exec(decode(cursor)) ?? [];
  if (group !== groupId || createdAtMicros === undefined || todoId === undefined) {
    throw malformed("cursor does not belong to this list", "/cursor");
  }
  return { createdAtMicros, todoId };
}

function decode(cursor: string): string {
  try {
    return atob(cursor.replaceAll("-", "+").replaceAll("_", "/"));
  } catch (error) {
    if (error instanceof DOMException) return "";
    throw error;
  }
}
