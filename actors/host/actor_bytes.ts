/**
 * An estimate of the memory that an actor holds, from its state. Counts are exact at any moment; the length
 * of the texts is measured now and then and grows in between by what commits add, so that keeping the
 * estimate costs a command the same for any size of group.
 */
import { type GroupState, todosOf } from "../group/mod.ts";
import type { Todo } from "../protocol/mod.ts";
import type { Confirmed } from "./confirmed.ts";

/** What things take without their texts, in bytes; `deno task bench:actors` compares with reality. */
const EACH_ACTOR = 4_500;
const EACH_TODO = 620;
const EACH_TODO_PART = 150;
const EACH_MEMBER = 350;
const EACH_LEDGER_ENTRY = 430;
const EACH_INDEXED_COMMIT = 16;
/** The part of an event's JSON that does not stay in the state. */
const EVENT_ENVELOPE = 600;
/** Commits between two measurements, on top of one for each todo. */
const MEASURE_EVERY = 64;

export class ActorBytes {
  #value = EACH_ACTOR;
  #textBytes = 0;
  #version = 0;
  #measureAt = 0;

  /** Estimated bytes. */
  get value(): number {
    return this.#value;
  }

  /** The actor holds `confirmed`, which it has loaded. */
  load(confirmed: Confirmed): void {
    this.#measureAt = 0;
    this.move(confirmed, 0);
  }

  /** The actor has moved on to `confirmed` by a commit of `commitBytes`. */
  move({ state, index }: Confirmed, commitBytes: number): void {
    if (state.version >= this.#measureAt) {
      this.#textBytes = textBytesOf(state);
      this.#measureAt = state.version + MEASURE_EVERY + state.todos.size;
    } else {
      const envelopes = EVENT_ENVELOPE * (state.version - this.#version);
      this.#textBytes += Math.max(0, commitBytes - envelopes);
    }
    this.#version = state.version;
    this.#value = EACH_ACTOR + this.#textBytes + EACH_INDEXED_COMMIT * index.size +
      EACH_TODO * (state.todos.size + state.deleted_todos.size) +
      EACH_MEMBER * state.members.size + EACH_LEDGER_ENTRY * state.ledger.entries.size;
  }
}

function textBytesOf(state: GroupState): number {
  return todosOf(state).reduce((sum, todo) => sum + textBytesOfTodo(todo), 0);
}

function textBytesOfTodo({ title, description, checklist, comments, reminders }: Todo): number {
  let bytes = title.length + (description?.length ?? 0);
  for (const { text } of checklist ?? []) bytes += EACH_TODO_PART + text.length;
  for (const { text } of comments ?? []) bytes += 2 * EACH_TODO_PART + text.length;
  return bytes + EACH_TODO_PART * (reminders?.length ?? 0);
}
