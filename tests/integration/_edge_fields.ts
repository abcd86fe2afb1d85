/**
 * The fields of the edge's answers that tests look at, typed as if every answer had all of them: one
 * that is missing is `undefined`, which assertions find; one that is misspelt does not compile.
 */
import type { JWK } from "@panva/jose";

export interface Fields extends Session, Problem, Group {
  readonly ticket: string;
  readonly status: string | number;
  readonly command_id: string;
  readonly job_id: string;
  readonly group_id: string;
  readonly todo_id: string;
  readonly version: number;
  readonly events: readonly Event[];
  readonly groups: readonly Group[];
  readonly todos: readonly Todo[];
  readonly comments: readonly Comment[];
  readonly next_cursor: string | null;
  readonly keys: JWK[];
}

interface Session {
  readonly user_id: string;
  readonly username: string;
  readonly token: string;
  readonly access_token: string;
  readonly refresh_token: string;
}

interface Problem {
  readonly type: string;
  readonly title: string;
  readonly detail: string;
  readonly instance: string;
  readonly trace_id: string;
  readonly code: string;
  readonly retryable: boolean;
  readonly errors?: readonly {
    readonly pointer?: string;
    readonly parameter?: string;
    readonly header?: string;
    readonly code: string;
    readonly message: string;
  }[];
  /** What Todo-1M said. */
  readonly error: string;
}

interface Group {
  readonly id: string;
  readonly name: string;
  readonly group_id: string;
  readonly group_name: string;
  readonly role: string;
  readonly columns: readonly { readonly id: string }[];
  readonly labels: readonly unknown[];
  readonly members: readonly { readonly username: string; readonly role: string }[];
}

interface Event {
  readonly type: string;
  readonly causationid: string;
  readonly authid: string;
  readonly traceparent: string;
  readonly data: { readonly todo: { readonly id: string } };
}

interface Todo {
  readonly todo_id: string;
  readonly group_id: string;
  readonly title: string;
  readonly created_by_user_id: string;
  readonly created_by_username: string;
  readonly updated_by_user_id: string;
  readonly updated_by_username: string;
  readonly created_at: string;
  readonly updated_at: string;
}

interface Comment {
  readonly text: string;
  readonly author_username: string;
  readonly created_at: string;
}
