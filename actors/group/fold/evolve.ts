/**
 * What one event does to the state of its group. Pure and total: it takes the log as it is, decides
 * nothing, and skips what it does not know except for the version and the ledger, so that every reader
 * of every version of the code agrees on the group's version.
 */
import {
  type Comment,
  type EventData,
  type GroupChanges,
  type GroupEvent,
  RESTORABLE_TODOS_PER_GROUP,
  type Todo,
  type TodoChanges,
  versionOf,
} from "../../protocol/plain/mod.ts";
import {
  type Ledger,
  lookup,
  mapOf,
  noteEvent,
  type PersistentMap,
  withEntry,
  withoutEntry,
} from "../../kind/mod.ts";
import { compareText, type GroupState } from "./state.ts";

/** The state after `event`; events are given in the order of their versions. */
export function evolve(state: GroupState, event: GroupEvent): GroupState {
  const ledger = noteCommand(state.ledger, event);
  return { ...applyData(state, event), version: versionOf(event), ledger };
}

/**
 * The state after `event` for who reads and does not decide: its ledger stays as it is, since the last
 * thousand commands of a group take more memory than its todos.
 */
export function evolveReading(state: GroupState, event: GroupEvent): GroupState {
  return { ...applyData(state, event), version: versionOf(event) };
}

function noteCommand(ledger: Ledger, event: GroupEvent): Ledger {
  const { undoes, redoes } = (event.data ?? {}) as { undoes?: string; redoes?: string };
  return noteEvent(ledger, {
    command_id: event.causationid,
    caller: event.authid,
    hash: event.commandhash,
    version: versionOf(event),
    at_ms: Date.parse(event.time),
    undoes,
    redoes,
  });
}

function applyData(state: GroupState, event: GroupEvent): GroupState {
  switch (event.type) {
    case "com.todo1m.group.created":
      return {
        ...state,
        name: event.data.name,
        columns: event.data.columns,
        created_by: event.authid,
        created_at: event.time,
        alive_since: versionOf(event),
      };
    case "com.todo1m.group.updated":
      return updateGroup(state, event.data.changes);
    case "com.todo1m.group.deleted":
      return { ...state, deleted_at: event.time };
    case "com.todo1m.group.restored": {
      const { deleted_at: _, ...restored } = state;
      return { ...restored, alive_since: versionOf(event) };
    }
    case "com.todo1m.member.added":
      return addMember(state, event.data, event);
    case "com.todo1m.member.role_changed": {
      const member = lookup(state.members, event.data.user_id);
      if (!member) return state;
      const changed = { ...member, role: event.data.to };
      return { ...state, members: withEntry(state.members, member.user_id, changed) };
    }
    case "com.todo1m.member.removed":
      return {
        ...state,
        members: withoutEntry(state.members, event.data.user_id),
        member_since: withoutEntry(state.member_since, event.data.user_id),
      };
    case "com.todo1m.todo.created":
    case "com.todo1m.todo.restored":
      return addTodo(state, event.data.todo);
    case "com.todo1m.todo.updated":
    case "com.todo1m.todo.completed":
    case "com.todo1m.todo.reopened":
    case "com.todo1m.todo.moved":
    case "com.todo1m.reminder.fired":
      return editTodo(state, event, (todo) => withChanges(todo, event.data.changes));
    case "com.todo1m.todo.deleted":
      return removeTodo(state, event.data.todo);
    case "com.todo1m.comment.added":
      return editComments(state, event, (comments) => insertComment(comments, event.data.comment));
    case "com.todo1m.comment.edited":
      return editComments(state, event, (comments) => editComment(comments, event.data));
    case "com.todo1m.comment.deleted":
      return editComments(
        state,
        event,
        (comments) => comments.filter(({ id }) => id !== event.data.comment.id),
      );
    default: {
      // Written by a newer version of the code: its version counts, its data is not understood here.
      event satisfies never;
      return state;
    }
  }
}

function updateGroup(state: GroupState, changes: GroupChanges): GroupState {
  const columns = changes.columns?.to ?? state.columns;
  return {
    ...state,
    name: changes.name?.to ?? state.name,
    labels: changes.labels?.to ?? state.labels,
    columns,
    tails: columns === state.columns ? state.tails : mapOf(columns.flatMap(({ id }) => {
      const tail = lookup(state.tails, id);
      return tail === undefined ? [] : [[id, tail] as const];
    })),
  };
}

function addMember(
  state: GroupState,
  data: EventData["member.added"],
  event: GroupEvent,
): GroupState {
  const { user_id, role, joined_at = event.time } = data;
  return {
    ...state,
    members: withEntry(state.members, user_id, { user_id, role, joined_at }),
    member_since: withEntry(state.member_since, user_id, versionOf(event)),
  };
}

function addTodo(state: GroupState, todo: Todo): GroupState {
  const put = putTodo(state, todo);
  return {
    ...put,
    next_todo_number: Math.max(state.next_todo_number, todo.number + 1),
    ...forgetDeleted(state, todo.id),
  };
}

function removeTodo(state: GroupState, todo: Todo): GroupState {
  const known = lookup(state.todos, todo.id);
  const open_todos = state.open_todos - (known && !known.completed ? 1 : 0);
  const without = { ...state, todos: withoutEntry(state.todos, todo.id), open_todos };
  const { deleted_todos, deleted_order } = forgetDeleted(state, todo.id);
  const order = [...deleted_order, todo.id];
  const surplus = order.slice(0, Math.max(0, order.length - RESTORABLE_TODOS_PER_GROUP));
  let kept = withEntry(deleted_todos, todo.id, todo);
  for (const id of surplus) kept = withoutEntry(kept, id);
  return { ...without, deleted_todos: kept, deleted_order: order.slice(surplus.length) };
}

function forgetDeleted(state: GroupState, todoId: string) {
  const { deleted_todos, deleted_order } = state;
  if (lookup(deleted_todos, todoId) === undefined) return { deleted_todos, deleted_order };
  return {
    deleted_todos: withoutEntry(deleted_todos, todoId),
    deleted_order: deleted_order.filter((id) => id !== todoId),
  };
}

/** Puts the new value of a todo, keeping the count of open ones and the end of its column. */
function putTodo(state: GroupState, todo: Todo): GroupState {
  const before = lookup(state.todos, todo.id);
  const wasOpen = before !== undefined && !before.completed;
  return {
    ...state,
    todos: withEntry(state.todos, todo.id, todo),
    open_todos: state.open_todos + Number(!todo.completed) - Number(wasOpen),
    tails: reach(state, todo),
  };
}

function reach({ tails, columns }: GroupState, { status, position }: Todo): PersistentMap<string> {
  const tail = lookup(tails, status);
  const beyond = tail === undefined || compareText(tail, position) < 0;
  return beyond && columns.some(({ id }) => id === status)
    ? withEntry(tails, status, position)
    : tails;
}

type TodoEvent = Extract<GroupEvent, { readonly data: { readonly todo_id: string } }>;

/** Changes a todo that is there, and says on it who touched it last and when. */
function editTodo(
  state: GroupState,
  event: TodoEvent,
  change: (todo: Todo) => Todo,
): GroupState {
  const todo = lookup(state.todos, event.data.todo_id);
  if (!todo) return state;
  return putTodo(state, {
    ...change(todo),
    updated_by: event.authid,
    updated_at: event.time,
    version: versionOf(event),
  });
}

function withChanges(todo: Todo, changes: TodoChanges): Todo {
  const changed: Record<string, unknown> = { ...todo };
  for (const [field, change] of Object.entries(changes)) {
    if (change.to === undefined) delete changed[field];
    else changed[field] = change.to;
  }
  // Each change has the type of the field it names, which a loop over names cannot show.
  return changed as unknown as Todo;
}

function editComments(
  state: GroupState,
  event: TodoEvent,
  change: (comments: readonly Comment[]) => readonly Comment[],
): GroupState {
  return editTodo(state, event, ({ comments, ...todo }) => {
    const changed = change(comments ?? []);
    return changed.length === 0 ? todo : { ...todo, comments: changed };
  });
}

function insertComment(comments: readonly Comment[], comment: Comment): readonly Comment[] {
  return [...comments.filter(({ id }) => id !== comment.id), comment].sort((a, b) =>
    compareText(a.created_at, b.created_at) || compareText(a.id, b.id)
  );
}

function editComment(
  comments: readonly Comment[],
  { comment_id, changes }: EventData["comment.edited"],
): readonly Comment[] {
  return comments.map((comment) => {
    if (comment.id !== comment_id) return comment;
    const { edited_at: _, ...rest } = comment;
    const text = changes.text.to ?? comment.text;
    const edited_at = changes.edited_at.to;
    return { ...rest, text, ...(edited_at === undefined ? {} : { edited_at }) };
  });
}
