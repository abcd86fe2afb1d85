/**
 * Ways to break the platform on purpose, at the seams between its code and the simulated world: each
 * takes away one thing that a promise rests on. A simulator that finds nothing then is worth nothing.
 * The wrapped logs and stores are plain objects, so that spreading them keeps what is not replaced.
 */
import type { ActorLog, Append, Block, LogMessage } from "../../actors/host/testing/mod.ts";
import type { Store } from "../../actors/projection/mod.ts";
import type { Outlet } from "../../actors/stream/mod.ts";

/** What is put between product and world; what is absent stays as it is. */
export interface Sabotage {
  /** What the log's leader makes of an append; `newest` is the group's last sequence. */
  readonly atLeader?: (append: Append, newest: number) => Append;
  /** The log as hosts see it. */
  readonly hostLog?: (log: ActorLog) => ActorLog;
  /** Which cursor a host saves for a block. */
  readonly cursor?: (block: Block) => number;
  /** A reader's end of a stream as streamers see it. */
  readonly outlet?: (outlet: Outlet) => Outlet;
  /** The tables as projectors see them. */
  readonly store?: (store: Store) => Store;
}

/** The log takes every append, whoever was first. */
export const withoutFence: Sabotage = {
  atLeader: (append, newest) => ({ ...append, expectedSequence: newest }),
};

/** A host that loads a group does not learn which commands the log covers. */
export const withoutSkipRule: Sabotage = {
  hostLog: (log) => ({
    ...log,
    async *read(groupId, from) {
      for await (const message of log.read(groupId, from)) yield { ...message, mailboxSequence: 0 };
    },
  }),
};

/** Cursors are saved as soon as commands are taken. */
export const withEarlyCursor: Sabotage = { cursor: ({ taken }) => taken };

/** The last message of a group is asked of a follower, which may lag. */
export const withoutLeader: Sabotage = {
  hostLog: (log) => ({
    ...log,
    async last(groupId) {
      let last: LogMessage | undefined;
      for await (const message of log.read(groupId, 1)) last = message;
      return last;
    },
  }),
};

/** Appends count as stored before the log has answered. */
export const withEarlyAnswers: Sabotage = {
  hostLog: (log) => ({
    ...log,
    append(append) {
      void log.append(append);
      return Promise.resolve({ kind: "stored", sequence: append.expectedSequence + 1 });
    },
  }),
};

/** Every so often a streamer writes a second time what its reader has already got. */
export const withRepeatedWrites: Sabotage = {
  outlet: (outlet) => {
    let writes = 0;
    return {
      ...outlet,
      write(chunk) {
        if (++writes % 3 === 0) outlet.write(chunk);
        return outlet.write(chunk);
      },
    };
  },
};

/** Batches are written wherever the tables stand. */
export const withoutOffsetFence: Sabotage = {
  store: (store) => ({
    ...store,
    async apply(plan, options) {
      return await store.apply(plan, { ...options, after: await store.position(options.identity) });
    },
  }),
};
