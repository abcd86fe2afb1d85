/** The todos that the load creates: plain ones, heavy ones, and such with a reminder. */
import { newId } from "../../actors/protocol/mod.ts";
import type { Random } from "./random.ts";

/** When reminders come due: most of them while the run lasts, the others long after it. */
const SOON_MS = { least: 1_000, most: 5_000 };
const LATER_MS = 3_600_000;

/** A command's body that creates a todo with a description of so many bytes. */
export function newTodo(todo_id: string, descriptionBytes = 0) {
  const description = "x".repeat(descriptionBytes);
  const payload = { todo_id, title: "Survive", ...(description ? { description } : {}) };
  return { type: "todo.create", payload } as const;
}

/** A command's body that creates a todo with a reminder. */
export function newReminder(todo_id: string, random: Random) {
  const { least, most } = SOON_MS;
  const inMs = random.next() < 0.6 ? least + random.below(most - least) : LATER_MS;
  const at = new Date(Date.now() + inMs).toISOString();
  const payload = { todo_id, title: "Remember", reminders: [{ id: newId(), at }] };
  return { type: "todo.create", payload } as const;
}
