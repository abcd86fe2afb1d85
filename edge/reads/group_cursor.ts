/**
 * The opaque cursor of a list of groups: where the last page ended, and of whose list, since a cursor means
 * nothing elsewhere. Newest first, and of groups that were made in the same moment the greater id.
 */
import { malformed } from "../http/mod.ts";
import { fromOpaque, opaque } from "./_cursor_text.ts";

/** The last group of a page. */
export interface GroupPageEnd {
  /** When it was created, in microseconds since the Unix epoch: as exact as the read model has it. */
  readonly createdUs: string;
  readonly groupId: string;
}

const TEXT = /^g1:([A-Za-z0-9_-]{1,64}):(\d{1,16}):([A-Za-z0-9_-]{1,64})$/;

/** The cursor's text for the page of the groups of `userId` after `end`. */
export function formatGroupCursor(userId: string, { createdUs, groupId }: GroupPageEnd): string {
  return opaque(`g1:${userId}:${createdUs}:${groupId}`);
}

/**
 * Reads a cursor made for the groups of `userId`.
 *
 * @throws {ProblemError} `malformed` when it is none, or one of another list
 */
export function parseGroupCursor(userId: string, cursor: string): GroupPageEnd {
  const [, user, createdUs, groupId] = TEXT.exec(fromOpaque(cursor)) ?? [];
  if (user !== userId || createdUs === undefined || groupId === undefined) {
    throw malformed("cursor does not belong to this list", { parameter: "cursor" });
  }
  return { createdUs, groupId };
}
