/**
 * Builds logs message by message. Events are made by hand rather than by the aggregate, so that the
 * projection is tested against the protocol alone.
 */
import {
  encodeCommit,
  encodeEvent,
  type EventData,
  type EventType,
  type GroupEvent,
  type Role,
  SEQUENCE_DIGITS,
  type Todo,
  TYPE_PREFIX,
} from "../../protocol/mod.ts";
import { groupSubject, hashOf } from "../../protocol/routing/mod.ts";
import type { LogMessage } from "../_decode.ts";

const EPOCH_MS = Date.UTC(2026, 10, 1);

/** What a builder knows of a group. */
export interface Group {
  readonly id: string;
  version: number;
  readonly members: Map<string, { role: Role; joined_at: string }>;
  readonly todos: Map<string, Todo>;
  readonly deleted: Map<string, Todo>;
}

/** A log that grows commit by commit. */
export class LogBuilder {
  readonly messages: LogMessage[] = [];
  readonly #groups = new Map<string, Group>();
  /** Of the last message, by subject. */
  readonly #hashes = new Map<string, string>();
  #ids = 0;

  /** Appends one commit with an event of type `type`, by `actor`. */
  append<T extends EventType>(
    groupId: string,
    type: T,
    data: EventData[T],
    options: { actor?: string; subject?: string } = {},
  ): GroupEvent {
    const event = this.#event(this.group(groupId), { type, data, ...options });
    this.commit(groupId, [event]);
    return event;
  }

  /** Appends one message with `events`. */
  commit(groupId: string, events: readonly GroupEvent[]): LogMessage {
    return this.raw(groupSubject("event", groupId), encodeCommit(events.map(encodeEvent)));
  }

  /** Appends one message with these bytes. */
  raw(subject: string, data: Uint8Array): LogMessage {
    const sequence = this.messages.length + 1;
    const previousHash = this.#hashes.get(subject) ?? "";
    this.#hashes.set(subject, hashOf(data));
    const message = { subject, data, sequence, storedAtMs: EPOCH_MS + sequence, previousHash };
    this.messages.push(message);
    return message;
  }

  /** An event of the group without a message of its own; raises the group's version. */
  event<T extends EventType>(groupId: string, type: T, data: EventData[T]): GroupEvent {
    return this.#event(this.group(groupId), { type, data });
  }

  group(id: string): Group {
    const known = this.#groups.get(id);
    if (known) return known;
    const made: Group = {
      id,
      version: 0,
      members: new Map(),
      todos: new Map(),
      deleted: new Map(),
    };
    this.#groups.set(id, made);
    return made;
  }

  /** The next id, a UUIDv7 by its form. */
  nextId(): string {
    const tail = (++this.#ids).toString(16).padStart(12, "0");
    return `019a3d00-0000-7000-8000-${tail}`;
  }

  now(): string {
    return new Date(EPOCH_MS + this.#ids).toISOString();
  }

  #event<T extends EventType>(
    group: Group,
    { type, data, actor = "ana" }: { type: T; data: EventData[T]; actor?: string },
  ): GroupEvent {
    const event = {
      specversion: "1.0",
      id: this.nextId(),
      type: `${TYPE_PREFIX}${type}`,
      source: `/groups/${group.id}`,
      subject: "group",
      time: this.now(),
      datacontenttype: "application/json",
      dataschema: `/schemas/${type}/1.json`,
      sequence: String(++group.version).padStart(SEQUENCE_DIGITS, "0"),
      partitionkey: group.id,
      causationid: this.nextId(),
      authid: actor,
      commandhash: "0",
      data,
    };
    // `type` and `data` belong together by the signature, which the compiler cannot see here.
    return event as unknown as GroupEvent;
  }
}

/** Makes a todo as `todo.created` carries it. */
export function newTodo(log: LogBuilder, groupId: string, fields: Partial<Todo> = {}): Todo {
  const now = log.now();
  const group = log.group(groupId);
  return {
    id: log.nextId(),
    number: group.todos.size + group.deleted.size + 1,
    title: "Buy milk",
    status: "todo",
    completed: false,
    position: "a0",
    created_by: "ana",
    created_at: now,
    updated_by: "ana",
    updated_at: now,
    version: group.version + 1,
    ...fields,
  };
}
