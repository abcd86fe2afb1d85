/**
 * A todo as Taskboard's clients know it: numbers for ids, instants in seconds and nanoseconds, and fields
 * without a value left out, as its protobuf structs were. Pure.
 */
import type { Todo } from "../../actors/protocol/mod.ts";

export interface Timestamp {
  readonly seconds: number;
  readonly nanos?: number;
}

export interface Task {
  readonly id: number;
  readonly board_id: number;
  readonly title: string;
  readonly description?: string;
  readonly completed?: true;
  readonly created_by: number;
  readonly created_at: Timestamp;
  readonly updated_at: Timestamp;
}

/** The numbers that stand for the ids of a todo. */
export interface TaskNumbers {
  readonly id: number;
  readonly board_id: number;
  readonly created_by: number;
}

/** `todo` under its numbers. */
export function taskOf(todo: Todo, { id, board_id, created_by }: TaskNumbers): Task {
  return {
    id,
    board_id,
    title: todo.title,
    ...(todo.description ? { description: todo.description } : {}),
    ...(todo.completed ? { completed: true } : {}),
    created_by,
    created_at: timestampOf(todo.created_at),
    updated_at: timestampOf(todo.updated_at),
  };
}

function timestampOf(instant: string): Timestamp {
  const ms = Date.parse(instant);
  const seconds = Math.floor(ms / 1000);
  const nanos = (ms - seconds * 1000) * 1_000_000;
  return nanos === 0 ? { seconds } : { seconds, nanos };
}
