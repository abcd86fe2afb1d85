/**
 * What must come of the mailbox: each command decided at once, alone and in order, by the same rules.
 * The state of a group is a function of its mailbox, so whatever hosts do has to come to the same.
 */
import { decide, emptyGroup, groupKind, type GroupState } from "../../actors/group/mod.ts";
import { encodeEvent, type GroupEvent, type Problem } from "../../actors/protocol/mod.ts";
import type { Entry } from "./mailbox_stream.ts";

/** What is right to answer to one mailbox entry. */
export type Right =
  | { readonly kind: "accepted"; readonly firstVersion: number; readonly version: number }
  | { readonly kind: "rejected"; readonly problem: Problem }
  /** Nothing: a timer's command that nothing needs any more. */
  | { readonly kind: "ignored" };

/** One group as its mailbox makes it. */
export class ReferenceGroup {
  /** State after each version; index 0 is the group before its first. */
  readonly states: GroupState[];
  readonly events: GroupEvent[] = [];
  /** JSON text of each event. */
  readonly texts: string[] = [];
  /** Mailbox sequence of the command that made each event. */
  readonly causes: number[] = [];
  readonly entries: Entry[] = [];

  constructor(groupId: string) {
    this.states = [emptyGroup(groupId)];
  }

  get version(): number {
    return this.events.length;
  }

  /** The state after `version`. @throws {RangeError} when the mailbox does not lead there */
  stateAt(version: number): GroupState {
    const state = this.states[version];
    if (!state) throw new RangeError(`No version ${version}`);
    return state;
  }

  /** Decides the next entry of the mailbox. */
  take(entry: Entry): Right {
    this.entries.push(entry);
    const { command, hash, nowMs, sequence } = entry;
    const state = this.stateAt(this.version);
    const versions = groupKind.lookBack(state, command);
    const original = versions && this.events.slice(versions.firstVersion - 1, versions.version);
    const decision = decide(state, command, { hash, nowMs, ...(original ? { original } : {}) });
    if (decision.kind === "rejected") return decision;
    if (decision.kind === "replayed") {
      return { kind: "accepted", firstVersion: decision.firstVersion, version: decision.version };
    }
    if (decision.kind !== "accepted") return decision;
    const firstVersion = this.version + 1;
    for (const event of decision.events) {
      this.events.push(event);
      this.texts.push(encodeEvent(event));
      this.causes.push(sequence);
      // Within a commit no reader stands between two events: only the state after the last counts.
      this.states.push(decision.state);
    }
    return { kind: "accepted", firstVersion, version: this.version };
  }
}

/** All groups, and what is right to answer to each entry. */
export class Reference {
  readonly #groups = new Map<string, ReferenceGroup>();
  readonly #rights = new Map<number, Right>();

  group(groupId: string): ReferenceGroup {
    let group = this.#groups.get(groupId);
    if (!group) this.#groups.set(groupId, group = new ReferenceGroup(groupId));
    return group;
  }

  get groupIds(): readonly string[] {
    return [...this.#groups.keys()];
  }

  take(entry: Entry): Right {
    const right = this.group(entry.groupId).take(entry);
    this.#rights.set(entry.sequence, right);
    return right;
  }

  rightFor({ sequence }: Entry): Right | undefined {
    return this.#rights.get(sequence);
  }
}
