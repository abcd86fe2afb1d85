/**
 * Attaches a reader to groups. The order matters: groups are attached before their position is read, and
 * membership is checked last, in the same turn in which the reader begins.
 */
import { ProblemError } from "../protocol/mod.ts";
import type { Admission } from "./admission.ts";
import type { AttachedGroup } from "./connection.ts";
import type { GroupFeed } from "./feed.ts";
import type { Feeds } from "./feeds.ts";
import { type Start, startOf } from "./resume.ts";

export interface AttachingContext {
  readonly admission: Admission;
  readonly feeds: Feeds;
  readonly epoch: { readonly current: string };
}

/** Who wants to follow which groups, after `cursor` when there is one. */
export interface Wanted {
  readonly userId: string;
  readonly groupIds: readonly string[];
  readonly cursor: string | undefined;
}

/**
 * Calls `begin` with the groups, all of which the user may read at that moment; it says whether it keeps
 * them, to be released one by one, or not.
 *
 * @throws {ProblemError} `not-found`, or `unavailable`, also when too many attach at once; and what `begin` throws. No group is kept then
 */
export async function attachGroups(
  wanted: Wanted,
  context: AttachingContext,
  begin: (groups: readonly AttachedGroup[]) => boolean,
): Promise<void> {
  await context.admission.admit(() => attach(wanted, context, begin));
}

async function attach(
  { userId, groupIds, cursor }: Wanted,
  context: AttachingContext,
  begin: (groups: readonly AttachedGroup[]) => boolean,
): Promise<void> {
  const feeds = await acquireAll(groupIds, context.feeds);
  let kept = false;
  try {
    const groups = feeds.map((feed) => ({
      feed,
      start: startOf(cursor, feed.groupId, context.epoch.current),
    }));
    await Promise.all(groups.map(reach));
    // From here on nothing waits: what is checked holds when the reader begins.
    if (!feeds.every((feed) => feed.isReady)) throw streamsUnavailable();
    if (feeds.some((feed) => feed.view.refusal(userId))) throw noGroup();
    kept = begin(groups);
  } finally {
    if (!kept) { for (const feed of feeds) context.feeds.release(feed); }
  }
}

/** The feeds of all `groupIds`, or none of them. */
async function acquireAll(groupIds: readonly string[], feeds: Feeds): Promise<GroupFeed[]> {
  const results = await Promise.allSettled(groupIds.map((groupId) => feeds.acquire(groupId)));
  const acquired = results.flatMap((each) =>
    each.status === "fulfilled" && each.value ? [each.value] : []
  );
  if (acquired.length === groupIds.length) return acquired;
  for (const feed of acquired) feeds.release(feed);
  const failure = results.find((each) => each.status === "rejected");
  throw failure ? streamsUnavailable(failure.reason) : noGroup();
}

/** A reader may come from a streamer that was ahead of this one: looks into the log once. */
async function reach({ feed, start }: { feed: GroupFeed; start: Start }): Promise<void> {
  if (start.kind !== "resume" || start.position.sequence <= feed.view.head.sequence) return;
  try {
    await feed.catchUp({ attempts: 2 });
  } catch (cause) {
    throw streamsUnavailable(cause);
  }
}

function noGroup(): ProblemError {
  return new ProblemError({ code: "not-found", detail: "No such group, or not one of yours" });
}

/** The refusal of a stream that could be opened at another time. */
export function streamsUnavailable(cause?: unknown): ProblemError {
  return new ProblemError(
    { code: "unavailable", detail: "Streams are not available at this moment" },
    { cause },
  );
}
