/**
 * The rule of reminders that come due. A timer may be late, fire twice, or be one that was cancelled: it
 * has an effect only while the todo still has that very timer, and none after it has fired.
 */
import {
  type FiredReminder,
  type ReminderFireBody,
  SYSTEM_ACTOR,
  type Todo,
} from "../protocol/mod.ts";
import { type Draft, emit } from "./_draft.ts";
import { findTodo } from "./fold/mod.ts";
import { type Refusal, refuse } from "./_refusal.ts";
import { definedFields } from "./_todo_fields.ts";
import { armedTimers } from "./timers.ts";

/** Emits that the reminder has fired, or nothing when it is not to fire (any more). */
export function fireReminder(draft: Draft, payload: ReminderFireBody["payload"]): Refusal {
  const { todo_id, reminder_id, at } = payload;
  const { actor } = draft.command;
  if (actor !== SYSTEM_ACTOR) return refuse("forbidden", `"${actor}" is no timer`);
  const isArmed = armedTimers(draft.state, todo_id)
    .some((timer) => timer.name === reminder_id && timer.at === at);
  const todo = findTodo(draft.state, todo_id);
  if (!isArmed || !todo) return undefined;
  const from = todo.fired_reminders;
  const to: FiredReminder[] = [...othersFired(todo, reminder_id), { id: reminder_id, at }];
  const changes = { fired_reminders: definedFields({ from, to } as { to: FiredReminder[] }) };
  return emit(draft, "reminder.fired", { todo_id, reminder_id, at, changes });
}

/** What else has fired of the reminders that the todo still has. */
function othersFired(todo: Todo, reminderId: string): readonly FiredReminder[] {
  const present = new Set(todo.reminders?.map(({ id }) => id));
  return todo.fired_reminders?.filter(({ id }) => id !== reminderId && present.has(id)) ?? [];
}
