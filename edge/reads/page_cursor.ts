/**
 * The opaque cursor of a list of todos: where the last page ended, and of which group, since a cursor
 * means nothing elsewhere. Newest first: numbers count up within a group, in the order of its log.
 */
import { malformed } from "../http/mod.ts";
import { fromOpaque, opaque } from "./_cursor_text.ts";

/** The last todo of a page. */
export interface PageEnd {
  /** Its number in the group. */
  readonly number: number;
}

const TEXT = /^2:([A-Za-z0-9_-]{1,64}):(\d{1,9})$/;

/** The cursor's text for the page of `groupId` after `end`. */
export function formatPageCursor(groupId: string, end: PageEnd): string {
  return opaque(`2:${groupId}:${end.number}`);
}

/**
 * Reads a cursor made for `groupId`.
 *
 * @throws {ProblemError} `malformed` when it is none, or one of another group
 */
export function parsePageCursor(groupId: string, cursor: string): PageEnd {
  const [, group, number] = TEXT.exec(fromOpaque(cursor)) ?? [];
  if (group !== groupId || number === undefined) {
    throw malformed("cursor does not belong to this list", { parameter: "cursor" });
  }
  return { number: Number(number) };
}
