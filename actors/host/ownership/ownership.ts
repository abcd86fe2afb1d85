/**
 * Which blocks a host takes and which it gives away, from its view of the others and what it owns. Being
 * wrong costs double work and never correctness, because every write is fenced by the log. Pure.
 */
import { BLOCKS } from "../../protocol/routing/mod.ts";
import type { Member, View } from "./membership.ts";
import { placeAll } from "./placement.ts";

/** Nobody is asked for an unclaimed block; hosts that come at the same time have so long to be heard. */
export const STABLE_MS = 150;
/** A living owner gives a block only to a host that has been there for so long. */
export const SETTLED_MS = 500;
/** A host that joins again doubts what it owns for so long: whatever another one claims, it gives up. */
const DOUBT_MS = 1_500;

/** Why a block is taken: its owner died, its owner handed it over, or nobody had it. */
export type TakeReason = "dead" | "handed" | "unclaimed";

export interface Take {
  readonly block: number;
  readonly reason: TakeReason;
  /** Since when nobody is known to have worked on it: the dead owner's last report, or the release. */
  readonly sinceMs: number;
}

export interface Moves {
  readonly take: readonly Take[];
  readonly give: readonly number[];
}

/** The host that decides. */
export interface Self {
  readonly hostId: string;
  /** It gives everything away and takes nothing more. */
  readonly draining: boolean;
  /** It owns everything whatever the others say. */
  readonly forceAll: boolean;
  readonly owned: ReadonlySet<number>;
  /** Blocks that are being taken or given at the moment. */
  readonly moving: ReadonlySet<number>;
}

const NO_MOVES: Moves = { take: [], give: [] };

/** What `self` has to do now, given its `view` of the others. */
export function decideMoves(view: View, self: Self): Moves {
  const settledOwned = [...self.owned].filter((block) => !self.moving.has(block));
  if (self.draining) return { take: [], give: settledOwned };
  if (self.forceAll) return { take: takeAll(view, self), give: [] };
  if (view.joinedAtMs === undefined) return NO_MOVES;
  const present = view.members.filter(({ state }) => state !== "dead");
  const owners = placeAll([
    self.hostId,
    ...present.filter(({ draining }) => !draining).map(({ hostId }) => hostId),
  ]);
  const claims = claimsOf(present);
  const ready = new Set(present.filter((member) => isReady(member, view)).map((m) => m.hostId));
  const inDoubt = view.atMs - view.joinedAtMs < DOUBT_MS;
  return {
    give: settledOwned.filter((block) =>
      ready.has(owners[block] ?? "") || (inDoubt && claims.has(block))
    ),
    take: unowned(self)
      .filter((block) => owners[block] === self.hostId && !claims.has(block))
      .flatMap((block) => takeOf(block, view) ?? []),
  };
}

function takeAll(view: View, self: Self): Take[] {
  return unowned(self).map((block) => ({ block, reason: "unclaimed", sinceMs: view.atMs }));
}

function unowned({ owned, moving }: Self): number[] {
  return Array.from({ length: BLOCKS }, (_, block) => block)
    .filter((block) => !owned.has(block) && !moving.has(block));
}

/** Blocks that somebody who is there says it owns. */
function claimsOf(present: readonly Member[]): ReadonlySet<number> {
  return new Set(present.flatMap(({ blocks }) => [...blocks]));
}

function isReady({ state, draining, sinceMs }: Member, view: View): boolean {
  return state === "live" && !draining && view.atMs - sinceMs >= SETTLED_MS;
}

/** How `block`, which no living host claims, is taken; `undefined` when it is too early for that. */
function takeOf(block: number, view: View): Take | undefined {
  const died = view.members
    .filter(({ state, blocks }) => state === "dead" && blocks.has(block))
    .map(({ heardAtMs }) => heardAtMs);
  const diedAtMs = died.length > 0 ? Math.max(...died) : undefined;
  const releasedAtMs = view.releasedAtMs.get(block);
  if (releasedAtMs !== undefined && releasedAtMs >= (diedAtMs ?? 0)) {
    return { block, reason: "handed", sinceMs: releasedAtMs };
  }
  if (diedAtMs !== undefined) return { block, reason: "dead", sinceMs: diedAtMs };
  const { atMs, stableSinceMs } = view;
  return atMs - stableSinceMs >= STABLE_MS
    ? { block, reason: "unclaimed", sinceMs: stableSinceMs }
    : undefined;
}
