/**
 * What the streamer needs of the log, as an interface: the real one is NATS, a simulator has its own.
 */
import type { StoredSnapshot } from "../protocol/snapshot/mod.ts";
import type { RawCommit } from "./commit.ts";

/** One message of the log. */
export type LogMessage = Pick<RawCommit, "sequence" | "bytes">;

/** Messages of one group in the order of the log. */
export interface LogPage {
  readonly messages: readonly LogMessage[];
  /** Whether the group had no further message when the page was read. */
  readonly complete: boolean;
}

export interface PageLimits {
  readonly maxMessages: number;
  readonly maxBytes: number;
}

export interface GroupLog {
  /**
   * Attaches to the feed of a group; messages are delivered from the moment the promise resolves, at
   * most once each and possibly with gaps. The result detaches.
   */
  follow(groupId: string, deliver: (message: RawCommit) => void): Promise<() => void>;

  /**
   * Reads messages of a group from place `from` on. The answer may lag behind the newest message, and
   * it has at least one message unless there is none.
   */
  read(groupId: string, from: number, limits: PageLimits): Promise<LogPage>;

  /** Place of the group's newest message as the log's leader knows it; 0 when there is none. */
  newest(groupId: string): Promise<number>;

  /**
   * The newest snapshot of a group, or an older one; `undefined` without any.
   *
   * @throws {UnusableSnapshotError} when its bytes are damaged
   */
  snapshot(groupId: string): Promise<StoredSnapshot | undefined>;

  /** Names the incarnation of the log of a group, as snapshots name it. */
  incarnation(groupId: string): Promise<string>;

  /** Names the incarnation of the whole log; another value means that places in it have another meaning. */
  epoch(): Promise<string>;
}
