/**
 * Which timers a group has: one per reminder that is still to fire. They are no state of their own but
 * follow from the todos, so whoever lost them sets them again from the state. Pure; the host stores them.
 */
import type { ArmedTimer, TimerChange } from "../kind/mod.ts";
import {
  type Due,
  type GroupEvent,
  type MailboxCommand,
  type Reminder,
  SYSTEM_ACTOR,
  type Todo,
  type TodoChanges,
} from "../protocol/mod.ts";
import { findTodo, type GroupState, todosOf } from "./fold/mod.ts";

/** Servers count nanoseconds in 64 bits: an instant from here on would look long past to them. */
const HORIZON_MS = Date.UTC(2200, 0, 1);

/** The timers of a todo: of its reminders that have not fired, while it is open and its group exists. */
export function armedTimers(state: GroupState, todoId: string): ArmedTimer[] {
  const todo = findTodo(state, todoId);
  if (!todo?.reminders || todo.completed || state.deleted_at !== undefined) return [];
  return todo.reminders.flatMap((reminder) => {
    const dueMs = instantOf(reminder, todo);
    if (dueMs === undefined || dueMs >= HORIZON_MS) return [];
    const at = new Date(Math.max(0, dueMs)).toISOString();
    const fired = todo.fired_reminders?.some((one) => one.id === reminder.id && one.at === at);
    return fired ? [] : [{ name: reminder.id, at, command: fire(state, todo, reminder, at) }];
  });
}

function fire(
  { id: group_id }: GroupState,
  { id: todo_id }: Todo,
  { id: reminder_id }: Reminder,
  at: string,
): Omit<Extract<MailboxCommand, { readonly type: "reminder.fire" }>, "command_id"> {
  const payload = { todo_id, reminder_id, at };
  return { group_id, actor: SYSTEM_ACTOR, type: "reminder.fire", payload };
}

/** Whether `event` alone shows that it may set or cancel timers; most events do not. */
export function movesTimers(event: GroupEvent): boolean {
  switch (event.type) {
    case "com.todo1m.group.deleted":
    case "com.todo1m.group.restored":
      return true;
    case "com.todo1m.todo.created":
    case "com.todo1m.todo.deleted":
    case "com.todo1m.todo.restored":
      return event.data.todo.reminders !== undefined;
    case "com.todo1m.todo.updated":
    case "com.todo1m.todo.completed":
    case "com.todo1m.todo.reopened":
    case "com.todo1m.todo.moved": {
      const { reminders, due, completed } = event.data.changes;
      return (reminders ?? due ?? completed) !== undefined;
    }
    default:
      // A reminder that fires leaves no timer behind.
      return false;
  }
}

/**
 * The todos whose timers `events` set or cancelled, with the timers they have in `state`.
 *
 * @param state the group after the events; it may be further on
 * @param events at least those of which {@link movesTimers} holds, in order
 * @param again the timers of these events may have been set before, so that nothing counts as fresh
 */
export function timersAfter(
  state: GroupState,
  events: readonly GroupEvent[],
  { again = false }: { readonly again?: boolean } = {},
): TimerChange[] {
  const todos = new Map<string, { readonly fresh: boolean }>();
  for (const event of events) {
    if (!movesTimers(event)) continue;
    for (const todoId of todosConcerned(state, event)) {
      const fresh = event.type === "com.todo1m.todo.created" && !again;
      if (!todos.has(todoId)) todos.set(todoId, { fresh });
    }
  }
  return [...todos].flatMap(([todo_id, { fresh }]) => {
    const armed = armedTimers(state, todo_id);
    return fresh && armed.length === 0 ? [] : [{ about: todo_id, armed, fresh }];
  });
}

function todosConcerned(state: GroupState, event: GroupEvent): string[] {
  if ("todo" in event.data) return [event.data.todo.id];
  if (!("todo_id" in event.data)) {
    return todosOf(state).filter(({ reminders }) => reminders).map(({ id }) => id);
  }
  const { todo_id } = event.data;
  const changes: TodoChanges = "changes" in event.data ? event.data.changes as TodoChanges : {};
  // A todo that has none and loses none has no timers, whatever becomes of its due date.
  const concerned = changes.reminders ?? findTodo(state, todo_id)?.reminders;
  return concerned ? [todo_id] : [];
}

/** When `reminder` is to fire, milliseconds since the Unix epoch; `undefined` when nothing is due. */
function instantOf(reminder: Reminder, { due }: Todo): number | undefined {
  if ("at" in reminder) return Date.parse(reminder.at);
  const dueMs = due && instantOfDue(due);
  return dueMs === undefined ? undefined : dueMs - reminder.before_due_minutes * 60_000;
}

/** A due date without a time is due when the day begins, one without a time zone is in UTC. */
function instantOfDue({ date, time = "00:00", tz = "UTC" }: Due): number | undefined {
  try {
    return Temporal.PlainDateTime.from(`${date}T${time}`).toZonedDateTime(tz).epochMilliseconds;
  } catch (error) {
    // A time zone that was checked by a machine which knows more of them.
    if (error instanceof RangeError) return undefined;
    throw error;
  }
}
