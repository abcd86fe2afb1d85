/**
 * Milestones of an actor: snapshots that are kept for ever, one for each so many versions, so that whoever looks back
 * reads a bounded part of the log however long it is, as long as the fold that made them is the one that reads. The
 * newest snapshot is for whoever goes on.
 */

/** Versions from one milestone to the next. */
export const MILESTONE_EVERY = 10_000;

/** Number of the last milestone that an actor has reached at `version`; 0 before the first. */
export function milestoneOf(version: number): number {
  return Math.floor(version / MILESTONE_EVERY);
}
