/**
 * What the streamer knows of one group: its folded state, and how far in the log that is. Answers who may
 * read, since when, and what a new reader starts from. Pure state.
 */
import type { Buffer } from "node:buffer";
import {
  emptyGroup,
  evolveReading,
  forReading,
  type GroupState,
  memberRole,
  publicSnapshot,
  readableSince,
} from "../group/fold/mod.ts";
import type { GroupEvent, Position } from "../protocol/mod.ts";
import { type RevokeReason, snapshotTail } from "./frame.ts";

export class GroupView {
  #state: GroupState;
  #head: Position = { version: 0, sequence: 0 };
  #snapshot: { readonly head: Position; readonly tail: Buffer } | undefined;

  /** The view of group `groupId` before its first commit. */
  constructor(groupId: string) {
    this.#state = emptyGroup(groupId);
  }

  /** The view of a group that had `state` after the message at place `sequence`. */
  static of(state: GroupState, sequence: number): GroupView {
    const view = new GroupView(state.id);
    view.#state = forReading(state);
    view.#head = { version: state.version, sequence };
    return view;
  }

  /** How far the view has got. */
  get head(): Position {
    return this.#head;
  }

  /**
   * Takes in the events of the commit at `position`.
   *
   * @returns whether somebody may have lost the right to read
   * @throws whatever the fold throws on data that no version of the code wrote; nothing has changed then
   */
  apply(events: readonly GroupEvent[], position: Position): boolean {
    this.#state = events.reduce(evolveReading, this.#state);
    this.#head = { version: position.version, sequence: position.sequence };
    return events.some(({ type }) =>
      type === "com.todo1m.group.deleted" || type === "com.todo1m.member.removed"
    );
  }

  /** Passes over a message that changes nothing. */
  skip(sequence: number): void {
    this.#head = { version: this.#head.version, sequence };
  }

  /** Why `userId` may not read the group, or `undefined` when the user may. */
  refusal(userId: string): RevokeReason | undefined {
    if (this.#state.deleted_at !== undefined) return "group-deleted";
    return memberRole(this.#state, userId) === undefined ? "member-removed" : undefined;
  }

  /** Version since which `userId` could read without a break; `Infinity` for a stranger. */
  memberSince(userId: string): number {
    return readableSince(this.#state, userId);
  }

  /** The snapshot frame's part after the id line; encoded once per version. */
  snapshotTail(): Buffer {
    if (this.#snapshot?.head.version !== this.#head.version) {
      this.#snapshot = { head: this.#head, tail: snapshotTail(publicSnapshot(this.#state)) };
    }
    return this.#snapshot.tail;
  }
}
