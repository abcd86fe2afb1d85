/**
 * Puts the shadow in the place of the live tables, in one transaction that either happens or does not.
 *
 * First the live offsets are held, which stops writers and no reader, until the shadow holds at least as much:
 * so nobody reads an older state after it than before. Then the tables are locked against readers, for as
 * long as it takes to rename them. A reader that is slow to finish would keep everybody behind us waiting, and
 * could wait for us in turn: the lock is asked for in short attempts, each far below the time after which
 * Postgres takes two that wait for each other for a deadlock and ends one of them.
 */
import { pause } from "../../platform/mod.ts";
import type { JobSession } from "../jobs/mod.ts";
import type { Transaction } from "../_writes.ts";
import type { Follower } from "./_follower.ts";

/** How long readers may have to wait for one attempt. */
const ATTEMPT_MS = 100;
/** Between attempts readers go on; writers wait for the end of all of them. */
const BETWEEN_MS = 150;
const ATTEMPTS = 8;
/** How long the shadow may take to get level with the live tables. */
const LEVEL_MS = 3_000;
const TABLES_LOCK_MS = 10_000;
/** A process that stands still with locks would stop others: its session ends after so long. */
const SILENT_MS = { writersStopped: 5_000, readersStopped: 1_500 };
const LOCK_NOT_AVAILABLE = "55P03";
const TABLES = `public.groups, public.group_members, public.todo_events, public.todos,
  public.todo_comments, public.group_projection_offsets, public.projection_streams`;

/** Where a swap is, for tests that end the process there. */
export type SwapPoint = "before-swap" | "in-swap" | "after-swap";

export interface SwapOptions {
  readonly session: JobSession;
  readonly followers: readonly Follower[];
  readonly atPoint: (point: SwapPoint) => Promise<void> | void;
}

/** What a swap took. */
export interface Swapped {
  /** For how long readers had to wait, in milliseconds: the longest attempt, the last one included. */
  readonly stallMs: number;
  /** For how long the live projector could not write. */
  readonly heldMs: number;
  readonly attempts: number;
}

/** It did not come about this time, and may the next time. */
export class SwapLater extends Error {
  override readonly name = "SwapLater";
}

/**
 * Swaps; the followers are stopped when this returns or throws.
 *
 * @throws {SwapLater} when readers were in the way for too long, or the shadow was behind
 * @throws {Error} when the tables have changed or are not those of the followed streams
 */
export async function swap(options: SwapOptions): Promise<Swapped> {
  const { session, followers, atPoint } = options;
  let swapped: Swapped | undefined;
  let heldAt = 0;
  let lockedAt = 0;
  try {
    await atPoint("before-swap");
    await session.transact(async (transaction) => {
      await prepare(transaction);
      heldAt = performance.now();
      await hold(transaction, followers);
      const { attempts, longestMs, lastAt } = await lock(transaction);
      lockedAt = lastAt;
      await transaction`select projection_shadow_swap()`;
      await atPoint("in-swap");
      swapped = { stallMs: longestMs, heldMs: 0, attempts };
    });
  } finally {
    await Promise.all(followers.map((follower) => follower.stop()));
  }
  if (!swapped) throw new Error("The swap ended without a word");
  const now = performance.now();
  await atPoint("after-swap");
  return {
    ...swapped,
    stallMs: Math.max(swapped.stallMs, now - lockedAt),
    heldMs: now - heldAt,
  };
}

/** Takes what keeps migrations and the vacuum out; the vacuum gives way after a second. */
async function prepare(transaction: Transaction): Promise<void> {
  await transaction`set local synchronous_commit to on`;
  await transaction.unsafe(`set local lock_timeout to ${TABLES_LOCK_MS}`);
  await transaction.unsafe(
    `set local idle_in_transaction_session_timeout to ${SILENT_MS.writersStopped}`,
  );
  try {
    await transaction.unsafe(`lock table ${TABLES} in share update exclusive mode`);
  } catch (error) {
    throw laterIfLocked(error, "a migration or the like is at work on the tables");
  }
  await transaction`select projection_shadow_verify()`;
}

/** Stops writers, and waits until the shadow holds all that is live. */
async function hold(transaction: Transaction, followers: readonly Follower[]): Promise<void> {
  try {
    await transaction`lock table public.projection_streams in exclusive mode`;
  } catch (error) {
    throw laterIfLocked(error, "the projector did not finish its batch");
  }
  const live = await transaction<{ stream: string; epoch: string; at: number }[]>`
    select stream, epoch, last_sequence::float8 as at from public.projection_streams`;
  for (const { stream, epoch, at } of live) {
    const follower = followers.find((one) => one.stream === stream);
    if (!follower) {
      throw new Error(`The live tables hold "${stream}", which is not rebuilt: see STREAM_SHARDS`);
    }
    // Where the stream was made anew, the live tables are about one that is gone.
    if (follower.epoch !== epoch) continue;
    if (await follower.reach(at, LEVEL_MS)) continue;
    throw new SwapLater(`the shadow of "${stream}" did not get level with the live tables`);
  }
  await Promise.all(followers.map((follower) => follower.stop()));
}

interface Locked {
  readonly attempts: number;
  readonly longestMs: number;
  /** When the attempt began that succeeded. */
  readonly lastAt: number;
}

/** Locks readers out. */
async function lock(transaction: Transaction): Promise<Locked> {
  await transaction.unsafe(`set local lock_timeout to ${ATTEMPT_MS}`);
  await transaction.unsafe(
    `set local idle_in_transaction_session_timeout to ${SILENT_MS.readersStopped}`,
  );
  let longestMs = 0;
  for (let attempts = 1;; attempts++) {
    const lastAt = performance.now();
    try {
      await transaction.savepoint((inner) =>
        inner.unsafe(`lock table ${TABLES} in access exclusive mode`)
      );
      return { attempts, longestMs, lastAt };
    } catch (error) {
      const later = laterIfLocked(error, "readers were in the way each time");
      if (attempts === ATTEMPTS || !(later instanceof SwapLater)) throw later;
      longestMs = Math.max(longestMs, performance.now() - lastAt);
    }
    await pause(BETWEEN_MS);
  }
}

function laterIfLocked(error: unknown, why: string): unknown {
  const { code } = error as { code?: unknown };
  return code === LOCK_NOT_AVAILABLE ? new SwapLater(why, { cause: error }) : error;
}
