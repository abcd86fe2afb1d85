/**
 * Judges the reminders of a run by its log: each fires once, when it is due, unless its todo is done by
 * then, and what is still to fire has its timer. Knows todos whose reminders are set when they are created
 * and never changed, and that stay completed or deleted once they are. Pure.
 */
import { armedTimers, emptyGroup, evolve, todosOf } from "../../actors/group/mod.ts";
import type { Fault, LogEntry } from "./history.ts";

interface Known {
  readonly atMs: number;
  readonly todoId: string;
  fired: number;
}

/**
 * What is wrong with the reminders in `log`, which is in order within each group.
 *
 * @param untilMs whatever was due by then has fired, milliseconds since the Unix epoch
 */
export function reminderFaults(log: readonly LogEntry[], untilMs: number): Fault[] {
  const faults: string[] = [];
  const known = new Map<string, Known>();
  const done = new Set<string>();
  for (const event of log.flatMap(({ events }) => events)) {
    switch (event.type) {
      case "com.todo1m.todo.created":
        for (const reminder of event.data.todo.reminders ?? []) {
          if (!("at" in reminder)) continue;
          const todoId = event.data.todo.id;
          known.set(reminder.id, { atMs: Date.parse(reminder.at), todoId, fired: 0 });
        }
        break;
      case "com.todo1m.todo.completed":
        done.add(event.data.todo_id);
        break;
      case "com.todo1m.todo.deleted":
        done.add(event.data.todo.id);
        break;
      case "com.todo1m.reminder.fired": {
        const { reminder_id: id, todo_id: todoId } = event.data;
        const reminder = known.get(id);
        if (reminder?.todoId !== todoId) {
          faults.push(`${id} fired, which todo ${todoId} does not have`);
          break;
        }
        if (done.has(todoId)) faults.push(`${id} fired though todo ${todoId} was done`);
        if (Date.parse(event.time) < reminder.atMs) faults.push(`${id} fired too early`);
        if (++reminder.fired > 1) faults.push(`${id} fired ${reminder.fired} times`);
      }
    }
  }
  for (const [id, { atMs, todoId, fired }] of known) {
    if (fired > 0 || done.has(todoId) || atMs > untilMs) continue;
    faults.push(
      `${id} of todo ${todoId} was due at ${new Date(atMs).toISOString()} and has not fired`,
    );
  }
  return faults.map((what) => ({ kind: "reminder", what: `reminder ${what}` }));
}

/** A timer that a todo needs and that is not as it must be. */
export interface OpenTimer {
  readonly groupId: string;
  readonly what: string;
}

/** The name of a timer among those that are set. */
export function timerKey(timer: { groupId: string; about: string; name: string }): string {
  return `${timer.groupId}/${timer.about}/${timer.name}`;
}

/**
 * The timers that the groups of `log` need and that are overdue or not set.
 *
 * @param set {@link timerKey} of those that are set
 */
export function openTimers(
  log: readonly LogEntry[],
  set: ReadonlySet<string>,
  nowMs: number,
): OpenTimer[] {
  const open: OpenTimer[] = [];
  for (const [groupId, entries] of Map.groupBy(log, (entry) => entry.groupId)) {
    const state = entries.flatMap(({ events }) => events).reduce(evolve, emptyGroup(groupId));
    for (const { id: about } of todosOf(state)) {
      for (const { name, at } of armedTimers(state, about)) {
        const what = `timer ${name} of todo ${about} in ${groupId}, due at ${at},`;
        if (Date.parse(at) <= nowMs) open.push({ groupId, what: `${what} has not fired` });
        else if (!set.has(timerKey({ groupId, about, name }))) {
          open.push({ groupId, what: `${what} is not set` });
        }
      }
    }
  }
  return open;
}
