/** Writes the commits of one group as its owner would: dense versions, complete envelopes. */
import {
  encodeCommit,
  encodeEvent,
  type EventData,
  type EventType,
  type GroupEvent,
  newId,
  SEQUENCE_DIGITS,
  TYPE_PREFIX,
} from "../../protocol/mod.ts";

/** An event before it has a version. */
export type Draft = {
  [T in EventType]: { readonly type: T; readonly data: EventData[T] };
}[EventType];

export class GroupWriter {
  readonly groupId: string;
  readonly ownerId: string;
  #version = 0;

  constructor(groupId: string, ownerId: string) {
    this.groupId = groupId;
    this.ownerId = ownerId;
  }

  /** The group's version after the last commit. */
  get version(): number {
    return this.#version;
  }

  /** The bytes of the group's next commit. */
  commit(...drafts: readonly Draft[]): Uint8Array {
    const causationid = newId();
    return encodeCommit(drafts.map((draft) => encodeEvent(this.#event(draft, causationid))));
  }

  /** The first commit: the group and its owner. */
  create(name = "Home"): Uint8Array {
    const columns = [{ id: "todo", title: "To do" }];
    return this.commit(
      { type: "group.created", data: { name, columns } },
      { type: "member.added", data: { user_id: this.ownerId, role: "owner" } },
    );
  }

  addMember(userId: string): Uint8Array {
    return this.commit({ type: "member.added", data: { user_id: userId, role: "member" } });
  }

  removeMember(userId: string): Uint8Array {
    const data = { user_id: userId, role: "member", joined_at: this.#now() } as const;
    return this.commit({ type: "member.removed", data });
  }

  delete(): Uint8Array {
    return this.commit({ type: "group.deleted", data: {} });
  }

  /** A commit of `count` new todos. */
  addTodos(count: number, title = "Milk"): Uint8Array {
    const drafts = Array.from({ length: count }, (_, index): Draft => {
      const id = newId();
      const todo = {
        id,
        number: this.#version + index,
        title,
        status: "todo",
        completed: false,
        position: `a${String(this.#version + index).padStart(8, "0")}`,
        created_by: this.ownerId,
        created_at: this.#now(),
        updated_by: this.ownerId,
        updated_at: this.#now(),
        version: this.#version + index + 1,
      };
      return { type: "todo.created", data: { todo } };
    });
    return this.commit(...drafts);
  }

  #event(draft: Draft, causationid: string): GroupEvent {
    this.#version++;
    // The pairs of type and data stay together, which the compiler cannot follow.
    return {
      specversion: "1.0",
      id: newId(),
      type: `${TYPE_PREFIX}${draft.type}`,
      source: `/groups/${this.groupId}`,
      subject: "group",
      time: this.#now(),
      datacontenttype: "application/json",
      dataschema: `/schemas/${draft.type}/1.json`,
      sequence: String(this.#version).padStart(SEQUENCE_DIGITS, "0"),
      partitionkey: this.groupId,
      causationid,
      authid: this.ownerId,
      commandhash: "0",
      data: draft.data,
    } as GroupEvent;
  }

  #now(): string {
    return new Date().toISOString();
  }
}
