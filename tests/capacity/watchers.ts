/** What the distribution of watchers means for fan-out. Pure. */
import { WATCHERS } from "./assumptions.ts";

type Distribution = typeof WATCHERS;

/** Mean number of watchers of a group. */
export function meanWatchers(distribution: Distribution = WATCHERS): number {
  return distribution.reduce((sum, { watchers, share }) => sum + watchers * share, 0);
}

/** Mean number of watchers of the group of a watcher: that is how many get what one of them does. */
export function meanFanOut(distribution: Distribution = WATCHERS): number {
  return weighted((watchers) => watchers, distribution);
}

/** Mean number of streamers that have a watcher of the same group, when streams fall on any of `streamers`. */
export function meanStreamersPerEvent(
  streamers: number,
  distribution: Distribution = WATCHERS,
): number {
  return weighted((watchers) => distinctStreamers(watchers, streamers), distribution);
}

/** Pairs of group and streamer that follows it, per watcher. */
export function subscriptionsPerStream(
  streamers: number,
  distribution: Distribution = WATCHERS,
): number {
  const pairs = distribution.reduce(
    (sum, { watchers, share }) => sum + share * distinctStreamers(watchers, streamers),
    0,
  );
  return pairs / meanWatchers(distribution);
}

/** Expected number of different streamers among `watchers` independent choices of `streamers`. */
function distinctStreamers(watchers: number, streamers: number): number {
  return streamers * (1 - (1 - 1 / streamers) ** watchers);
}

/** Mean of `figure` over watchers, not over groups. */
function weighted(figure: (watchers: number) => number, distribution: Distribution): number {
  const total = meanWatchers(distribution);
  return distribution.reduce(
    (sum, { watchers, share }) => sum + figure(watchers) * watchers * share,
    0,
  ) / total;
}
