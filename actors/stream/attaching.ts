/**
 * Attaches a reader to groups. The order matters: groups are attached before their position is read, and
 * membership is checked last, in the same turn in which the reader begins. All of it ends in time, whatever
 * the log does meanwhile.
 */
import { ProblemError } from "../protocol/mod.ts";
import type { Admission } from "./admission.ts";
import type { AttachedGroup } from "./connection_terms.ts";
import type { GroupFeed } from "./feed.ts";
import type { Feeds } from "./feeds.ts";
import { type Start, startOf } from "./resume.ts";

/** How long a reader is kept waiting: less than the edge waits for an answer. */
const OPEN_MS = 4_000;

export interface AttachingContext {
  readonly admission: Admission;
  readonly feeds: Feeds;
  readonly epoch: { readonly current: string };
  /** How long a reader is kept waiting, in milliseconds; four seconds unless told. */
  readonly openMs?: number;
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
 * @throws {ProblemError} `not-found`, or `unavailable`, also when too many attach at once or it takes too long; and what `begin` throws. No group is kept then
 */
export async function attachGroups(
  wanted: Wanted,
  context: AttachingContext,
  begin: (groups: readonly AttachedGroup[]) => boolean,
): Promise<void> {
  const { promise: late, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(
    () => reject(streamsUnavailable(new Error("The log does not answer in time"))),
    context.openMs ?? OPEN_MS,
  );
  try {
    await context.admission.admit(() => attach(wanted, { ...context, late }, begin));
  } finally {
    clearTimeout(timer);
  }
}

async function attach(
  { userId, groupIds, cursor }: Wanted,
  context: AttachingContext & { readonly late: Promise<never> },
  begin: (groups: readonly AttachedGroup[]) => boolean,
): Promise<void> {
  const acquiring = acquireAll(groupIds, context.feeds);
  const feeds = await Promise.race([acquiring, context.late]).catch((error: unknown) => {
    releaseLater(acquiring, context.feeds);
    throw error;
  });
  let kept = false;
  try {
    const groups = feeds.map((feed) => ({
      feed,
      start: startOf(cursor, feed.groupId, context.epoch.current),
    }));
    await Promise.race([Promise.all(groups.map(reach)), context.late]);
    // From here on nothing waits: what is checked holds when the reader begins.
    if (!feeds.every((feed) => feed.isReady)) throw streamsUnavailable();
    if (feeds.some((feed) => feed.view.refusal(userId))) throw noGroup();
    kept = begin(groups);
  } finally {
    if (!kept) { for (const feed of feeds) context.feeds.release(feed); }
  }
}

/** Lets go of feeds that come when nobody waits for them any more. */
function releaseLater(acquiring: Promise<readonly GroupFeed[]>, feeds: Feeds): void {
  void acquiring.then(
    (acquired) => {
      for (const feed of acquired) feeds.release(feed);
    },
    // Nothing came, so nothing is to be given back; whoever waited has been told.
    () => {},
  );
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
