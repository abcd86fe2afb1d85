/** Who follows what: sessions dealt out to groups as the assumptions have it, in typed arrays. */
import { WATCHERS } from "../capacity/mod.ts";
import type { Random } from "../simulation/random.ts";

export interface Population {
  readonly sessions: number;
  readonly groups: number;
  /** The group that each session follows. */
  readonly groupOf: Uint32Array;
  /** The first session of each group, and behind the last one the number of sessions: they are neighbours. */
  readonly firstOf: Uint32Array;
  readonly users: number;
}

/** `sessions` sessions; the first `hotGroup` of them follow one group, the others groups of usual sizes. */
export function populate(
  { sessions, hotGroup, streamsPerUser }: {
    readonly sessions: number;
    readonly hotGroup: number;
    readonly streamsPerUser: number;
  },
  random: Random,
): Population {
  const groupOf = new Uint32Array(sessions);
  const firstOf: number[] = [];
  let groups = 0;
  let session = 0;
  while (session < sessions) {
    const size = groups === 0 && hotGroup > 0 ? hotGroup : groupSize(random.next());
    const end = Math.min(sessions, session + size);
    groupOf.fill(groups, session, end);
    firstOf.push(session);
    session = end;
    groups++;
  }
  firstOf.push(sessions);
  return {
    sessions,
    groups,
    groupOf,
    firstOf: Uint32Array.from(firstOf),
    users: Math.ceil(sessions / streamsPerUser),
  };
}

/** The size of a group that `chance`, uniform in [0, 1), falls on. */
function groupSize(chance: number): number {
  let left = chance;
  for (const { watchers, share } of WATCHERS) {
    left -= share;
    if (left < 0) return watchers;
  }
  return 1;
}
