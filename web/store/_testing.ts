/** Logs of a small group for the tests of the store: events as the server writes them. */
import fc from "fast-check";
import { emptyGroup, evolve, findTodo, type GroupState } from "../../actors/group/fold/mod.ts";
import type { GroupEvent, Todo } from "../../actors/protocol/mod.ts";

export const ME = "u-me";
export const OTHER = "u-other";
const TIME = "2026-03-02T09:00:00.000Z";

/** What one event does, in short. */
export interface Deed {
  readonly by?: string;
  readonly create?: readonly [id: string, title: string];
  readonly rename?: readonly [id: string, title: string];
  readonly complete?: string;
  /** The todo as it stands. */
  readonly remove?: Todo;
}

/** The event with this version, caused by the command `commandId`. */
export function event(version: number, commandId: string, deed: Deed): GroupEvent {
  const { type, subject, data } = contentOf(version, deed);
  return {
    specversion: "1.0",
    id: `e-${version}`,
    type: `com.todo1m.${type}`,
    source: "/groups/g",
    subject,
    time: TIME,
    datacontenttype: "application/json",
    dataschema: `/schemas/${type}/1.json`,
    sequence: String(version).padStart(10, "0"),
    partitionkey: "g",
    causationid: commandId,
    authid: deed.by ?? ME,
    commandhash: commandId,
    data,
    // The pieces above belong together by construction.
  } as GroupEvent;
}

function contentOf(version: number, deed: Deed) {
  if (deed.create) {
    const [id, title] = deed.create;
    const todo: Todo = {
      id,
      number: version,
      title,
      status: "todo",
      completed: false,
      position: `a${String(version).padStart(6, "0")}`,
      created_by: deed.by ?? ME,
      created_at: TIME,
      updated_by: deed.by ?? ME,
      updated_at: TIME,
      version,
    };
    return { type: "todo.created", subject: `todos/${id}`, data: { todo } };
  }
  if (deed.rename) {
    const [id, to] = deed.rename;
    const data = { todo_id: id, changes: { title: { from: "", to } } };
    return { type: "todo.updated", subject: `todos/${id}`, data };
  }
  if (deed.complete !== undefined) {
    const data = {
      todo_id: deed.complete,
      changes: { completed: { from: false, to: true }, completed_at: { to: TIME } },
    };
    return { type: "todo.completed", subject: `todos/${deed.complete}`, data };
  }
  if (deed.remove) {
    return {
      type: "todo.deleted",
      subject: `todos/${deed.remove.id}`,
      data: { todo: deed.remove },
    };
  }
  const columns = [{ id: "todo", title: "To do" }];
  return { type: "group.created", subject: "group", data: { name: "Group", columns } };
}

/** The group at version 1, and `log` on top of it. */
export function start(log: readonly GroupEvent[] = []): GroupState {
  return [event(1, "c-group", {}), ...log].reduce(evolve, emptyGroup("g"));
}

/** Logs from version 2 on, of one person's deeds or of two. */
export function history(only?: string): fc.Arbitrary<GroupEvent[]> {
  const choice = fc.record({
    by: only === undefined ? fc.constantFrom(ME, OTHER) : fc.constant(only),
    what: fc.constantFrom("create", "create", "rename", "complete", "remove"),
    which: fc.nat(1_000),
  });
  return fc.array(choice, { maxLength: 40 }).map((choices) => {
    const log: GroupEvent[] = [];
    const ids: string[] = [];
    let state = start();
    for (const { by, what, which } of choices) {
      const version = state.version + 1;
      const target = findTodo(state, ids[which % (ids.length || 1)] ?? "");
      let deed: Deed;
      if (what === "create" || !target) {
        ids.push(`t-${version}`);
        deed = { by, create: [`t-${version}`, `title ${version}`] };
      } else if (what === "rename") deed = { by, rename: [target.id, `renamed ${version}`] };
      else if (what === "complete" && !target.completed) deed = { by, complete: target.id };
      else deed = { by, remove: target };
      const next = event(version, `c-${version}`, deed);
      log.push(next);
      state = evolve(state, next);
    }
    return log;
  });
}
