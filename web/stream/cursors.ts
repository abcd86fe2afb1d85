/**
 * Cursors of a stream of several groups, taken apart and put together: each tab knows how far it has got in
 * its own group only. A cursor of one group is the text of a cursor with one position; "" is none. Pure.
 */
import { type Cursor, formatCursor, parseCursor } from "../../actors/protocol/plain/mod.ts";

/** The part of `cursor` that is about `groupId`; "" when it says nothing of it. */
export function onlyGroup(cursor: string, groupId: string): string {
  const parsed = parseCursor(cursor);
  const position = parsed?.positions.get(groupId);
  return parsed && position
    ? formatCursor({ epoch: parsed.epoch, positions: new Map([[groupId, position]]) })
    : "";
}

/** The one of two cursors of one group from which a stream serves both; "" when none does. */
export function earlier(one: string, other: string): string {
  const [a, b] = [placeIn(one), placeIn(other)];
  if (!a || !b || a.epoch !== b.epoch) return "";
  return a.version <= b.version ? one : other;
}

/**
 * One cursor out of those of single groups. A cursor has one epoch: groups whose epoch is not that of the
 * first are left out, so that they begin with a snapshot.
 */
export function together(cursors: Iterable<string>): string {
  let all: Cursor | undefined;
  for (const text of cursors) {
    const cursor = parseCursor(text);
    if (!cursor || (all && all.epoch !== cursor.epoch)) continue;
    all = {
      epoch: cursor.epoch,
      positions: new Map([...all?.positions ?? [], ...cursor.positions]),
    };
  }
  return all ? formatCursor(all) : "";
}

/** Whether a reader at `cursor` has got what a frame with the id `id` brings; both are of one group. */
export function covers(cursor: string, id: string): boolean {
  const [mine, its] = [placeIn(cursor), placeIn(id)];
  return mine !== undefined && mine.epoch === its?.epoch && its.version <= mine.version;
}

/**
 * What a snapshot with the id `id` is to a reader at `cursor`, who may have got it because another tab asked
 * for it: taken by who has nothing, or nothing of this log; passed over by who has as much; by who lacks events
 * that it has, a gap, so that no event is missed.
 */
export function judgeSnapshot(cursor: string, id: string): "take" | "pass" | "gap" {
  if (covers(cursor, id)) return "pass";
  const mine = placeIn(cursor);
  return mine && mine.epoch === placeIn(id)?.epoch ? "gap" : "take";
}

/** Where in which log a cursor of one group is. */
function placeIn(cursor: string): { epoch: string; version: number } | undefined {
  const parsed = parseCursor(cursor);
  const [position] = parsed?.positions.values() ?? [];
  return parsed && position && { epoch: parsed.epoch, version: position.version };
}
