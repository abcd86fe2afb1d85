/**
 * The state of one group: what the fold of its log amounts to. Persistent (a change shares what it
 * leaves alone) and made of plain data; the questions that others ask of it are functions here.
 */
import type { Column, Label, Role, Todo } from "../../protocol/plain/mod.ts";
import {
  EMPTY_LEDGER,
  emptyMap,
  type Ledger,
  lookup,
  type PersistentMap,
  valuesOf,
} from "../../kind/mod.ts";

export interface Member {
  readonly user_id: string;
  readonly role: Role;
  readonly joined_at: string;
}

export interface GroupState {
  readonly id: string;
  readonly name: string;
  /** Events so far; 0: the group does not exist. */
  readonly version: number;
  readonly created_by: string;
  readonly created_at: string;
  readonly deleted_at?: string;
  /** Version at which the group was created, or restored last; 0 before. */
  readonly alive_since: number;
  readonly columns: readonly Column[];
  readonly labels: readonly Label[];
  readonly members: PersistentMap<Member>;
  /** Per member the version at which they were let in last. */
  readonly member_since: PersistentMap<number>;
  readonly todos: PersistentMap<Todo>;
  /** How many of the todos are not completed. */
  readonly open_todos: number;
  readonly next_todo_number: number;
  /** Per column a position that no todo in it lies beyond: where the next one is appended. */
  readonly tails: PersistentMap<string>;
  /** Deleted todos that can be restored, and their ids, oldest deletion first. */
  readonly deleted_todos: PersistentMap<Todo>;
  readonly deleted_order: readonly string[];
  readonly ledger: Ledger;
}

/** The state before the first event. */
export function emptyGroup(groupId: string): GroupState {
  return {
    id: groupId,
    name: "",
    version: 0,
    created_by: "",
    created_at: "",
    alive_since: 0,
    columns: [],
    labels: [],
    members: emptyMap(),
    member_since: emptyMap(),
    todos: emptyMap(),
    open_todos: 0,
    next_todo_number: 1,
    tails: emptyMap(),
    deleted_todos: emptyMap(),
    deleted_order: [],
    ledger: EMPTY_LEDGER,
  };
}

/** `state` for who reads and does not decide: without its ledger. */
export function forReading(state: GroupState): GroupState {
  return { ...state, ledger: EMPTY_LEDGER };
}

/** The role of `userId` in the group; `undefined` for a stranger. */
export function memberRole(state: GroupState, userId: string): Role | undefined {
  return lookup(state.members, userId)?.role;
}

/** The member `userId`; `undefined` for a stranger. */
export function findMember(state: GroupState, userId: string): Member | undefined {
  return lookup(state.members, userId);
}

/**
 * Version since which `userId` could read the group without a break; `Infinity` for a stranger. Only a state
 * that was folded from the first event on knows it, or one that was saved whole.
 */
export function readableSince(state: GroupState, userId: string): number {
  return Math.max(state.alive_since, lookup(state.member_since, userId) ?? Infinity);
}

/** The members, by when they joined. */
export function membersOf(state: GroupState): Member[] {
  return valuesOf(state.members).sort((a, b) =>
    compareText(a.joined_at, b.joined_at) || compareText(a.user_id, b.user_id)
  );
}

/** The todo `todoId` unless it is deleted or never was. */
export function findTodo(state: GroupState, todoId: string): Todo | undefined {
  return lookup(state.todos, todoId);
}

/** The deleted todo `todoId` while it can be restored. */
export function findDeletedTodo(state: GroupState, todoId: string): Todo | undefined {
  return lookup(state.deleted_todos, todoId);
}

/** The todos that are not deleted, in no particular order. */
export function todosOf(state: GroupState): Todo[] {
  return valuesOf(state.todos);
}

/** A position that no todo of `column` lies beyond; `undefined` before its first todo. */
export function tailOf(state: GroupState, column: string): string | undefined {
  return lookup(state.tails, column);
}

/** The todos as a board shows them: by column in the group's order, within a column by position. */
export function visibleTodos(state: GroupState): Todo[] {
  const rank = new Map(state.columns.map((column, index) => [column.id, index]));
  const rankOf = (todo: Todo) => rank.get(todo.status) ?? rank.size;
  return todosOf(state).sort((a, b) => rankOf(a) - rankOf(b) || comparePlace(a, b));
}

/** Order of two todos within a column. */
export function comparePlace(a: Todo, b: Todo): number {
  return compareText(a.position, b.position) || a.number - b.number;
}

/** Order of two texts by UTF-16 code units, as positions are ordered. */
export function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
