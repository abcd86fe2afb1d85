/**
 * The state as JSON: whole, for the owner to start from, and as much of it as the group's members are
 * shown. What can be computed from the rest is left out.
 */
import type { Column, Label, Todo } from "../../protocol/plain/mod.ts";
import {
  ledgerFromSnapshot,
  type LedgerSnapshot,
  ledgerToSnapshot,
  lookup,
  mapOf,
  type PersistentMap,
  withEntry,
} from "../../kind/mod.ts";
import {
  compareText,
  emptyGroup,
  type GroupState,
  type Member,
  membersOf,
  visibleTodos,
} from "./state.ts";

/** What a member's client is given to start from. */
export interface PublicSnapshot {
  readonly id: string;
  readonly name: string;
  readonly version: number;
  readonly columns: readonly Column[];
  readonly labels: readonly Label[];
  readonly members: readonly Member[];
  /** In the order of {@link visibleTodos}. */
  readonly todos: readonly Todo[];
}

/** Everything later decisions depend on. */
export interface Snapshot extends PublicSnapshot {
  readonly created_by: string;
  readonly created_at: string;
  readonly deleted_at?: string;
  readonly alive_since: number;
  /** In the order of the members. */
  readonly member_since: readonly (readonly [userId: string, version: number])[];
  readonly next_todo_number: number;
  readonly tails: readonly (readonly [column: string, position: string])[];
  readonly deleted_todos: readonly Todo[];
  readonly ledger: LedgerSnapshot;
}

/** The part of `state` that its members see: no ledger, no deleted todos. */
export function publicSnapshot(state: GroupState): PublicSnapshot {
  return {
    id: state.id,
    name: state.name,
    version: state.version,
    columns: state.columns,
    labels: state.labels,
    members: membersOf(state),
    todos: visibleTodos(state),
  };
}

/** A state to fold further events into, on a client. */
export function fromPublicSnapshot(snapshot: PublicSnapshot): GroupState {
  const { id, name, version, columns, labels } = snapshot;
  const todos = mapOf(snapshot.todos.map((todo) => [todo.id, todo] as const));
  return {
    ...emptyGroup(id),
    name,
    version,
    columns,
    labels,
    members: mapOf(snapshot.members.map((member) => [member.user_id, member] as const)),
    todos,
    open_todos: snapshot.todos.filter((todo) => !todo.completed).length,
    next_todo_number: 1 + snapshot.todos.reduce((max, todo) => Math.max(max, todo.number), 0),
    tails: tailsOf(snapshot.todos),
  };
}

/** The whole state as JSON-able data; a pure function of the state's content. */
export function toSnapshot(state: GroupState): Snapshot {
  return {
    ...publicSnapshot(state),
    created_by: state.created_by,
    created_at: state.created_at,
    ...(state.deleted_at === undefined ? {} : { deleted_at: state.deleted_at }),
    alive_since: state.alive_since,
    member_since: membersOf(state).flatMap(({ user_id }) => {
      const version = lookup(state.member_since, user_id);
      return version === undefined ? [] : [[user_id, version] as const];
    }),
    next_todo_number: state.next_todo_number,
    tails: state.columns.flatMap(({ id }) => {
      const position = lookup(state.tails, id);
      return position === undefined ? [] : [[id, position] as const];
    }),
    deleted_todos: state.deleted_order.flatMap((id) => lookup(state.deleted_todos, id) ?? []),
    ledger: ledgerToSnapshot(state.ledger),
  };
}

/** The state that {@link toSnapshot} of the same fold wrote. */
export function fromSnapshot(snapshot: Snapshot): GroupState {
  return {
    ...fromPublicSnapshot(snapshot),
    created_by: snapshot.created_by,
    created_at: snapshot.created_at,
    ...(snapshot.deleted_at === undefined ? {} : { deleted_at: snapshot.deleted_at }),
    alive_since: snapshot.alive_since,
    member_since: mapOf(snapshot.member_since),
    next_todo_number: snapshot.next_todo_number,
    tails: mapOf(snapshot.tails),
    deleted_todos: mapOf(snapshot.deleted_todos.map((todo) => [todo.id, todo] as const)),
    deleted_order: snapshot.deleted_todos.map((todo) => todo.id),
    ledger: ledgerFromSnapshot(snapshot.ledger),
  };
}

function tailsOf(todos: readonly Todo[]): PersistentMap<string> {
  let tails = mapOf<string>([]);
  for (const { status, position } of todos) {
    const tail = lookup(tails, status);
    if (tail === undefined || compareText(tail, position) < 0) {
      tails = withEntry(tails, status, position);
    }
  }
  return tails;
}
