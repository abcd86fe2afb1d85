/**
 * What happened: the events of a group and the CloudEvents 1.0 envelope they are stored in. One log
 * message is one commit: a CloudEvents JSON batch (an array, one line) whose bytes every reader gets
 * unchanged. Events carry ids only, never names or addresses of people.
 */
import type { Role } from "./rbac.ts";
import type { Column, Comment, FiredReminder, Label, Todo } from "./todo.ts";

/** One field before and after; a side that had no value is absent. */
export interface Change<T = unknown> {
  readonly from?: T;
  readonly to?: T;
}

/** The changed fields of a todo. */
export type TodoChanges = {
  readonly [K in Exclude<keyof Todo, "id" | "number" | "comments" | "version">]?: Change<Todo[K]>;
};

export interface GroupChanges {
  readonly name?: Change<string>;
  readonly columns?: Change<readonly Column[]>;
  readonly labels?: Change<readonly Label[]>;
}

/** Says that an event takes back an earlier command, and which undone command it does again. */
export interface Compensation {
  /** Id of the command whose effect this event takes back. */
  readonly undoes?: string;
  /** Id of the command that is in effect again: set by `redo`. */
  readonly redoes?: string;
}

/** Data of every event, by type. */
export interface EventData {
  "group.created": { readonly name: string; readonly columns: readonly Column[] };
  "group.updated": { readonly changes: GroupChanges } & Compensation;
  "group.deleted": Compensation;
  "group.restored": Compensation;
  "member.added":
    & {
      readonly user_id: string;
      readonly role: Role;
      /** Only when a removal is taken back: when the member had joined before; else the event's time. */
      readonly joined_at?: string;
    }
    & Compensation;
  "member.role_changed":
    & { readonly user_id: string; readonly from: Role; readonly to: Role }
    & Compensation;
  "member.removed":
    & { readonly user_id: string; readonly role: Role; readonly joined_at: string }
    & Compensation;
  "todo.created": { readonly todo: Todo } & Compensation;
  "todo.updated": { readonly todo_id: string; readonly changes: TodoChanges } & Compensation;
  "todo.completed": { readonly todo_id: string; readonly changes: TodoChanges } & Compensation;
  "todo.reopened": { readonly todo_id: string; readonly changes: TodoChanges } & Compensation;
  "todo.moved": { readonly todo_id: string; readonly changes: TodoChanges } & Compensation;
  "todo.deleted": { readonly todo: Todo } & Compensation;
  "todo.restored": { readonly todo: Todo } & Compensation;
  "reminder.fired": {
    readonly todo_id: string;
    readonly reminder_id: string;
    /** The instant for which the reminder was set, RFC 3339 UTC; the event's time may be later. */
    readonly at: string;
    readonly changes: { readonly fired_reminders: Change<readonly FiredReminder[]> };
  };
  "comment.added": { readonly todo_id: string; readonly comment: Comment } & Compensation;
  "comment.edited":
    & {
      readonly todo_id: string;
      readonly comment_id: string;
      readonly changes: { readonly text: Change<string>; readonly edited_at: Change<string> };
    }
    & Compensation;
  "comment.deleted": { readonly todo_id: string; readonly comment: Comment } & Compensation;
}

export type EventType = keyof EventData;

/** The compiler sees to it that none is missing. */
const ALL_TYPES: Readonly<Record<EventType, true>> = {
  "group.created": true,
  "group.updated": true,
  "group.deleted": true,
  "group.restored": true,
  "member.added": true,
  "member.role_changed": true,
  "member.removed": true,
  "todo.created": true,
  "todo.updated": true,
  "todo.completed": true,
  "todo.reopened": true,
  "todo.moved": true,
  "todo.deleted": true,
  "todo.restored": true,
  "reminder.fired": true,
  "comment.added": true,
  "comment.edited": true,
  "comment.deleted": true,
};

/** Every type of event there is. */
export const EVENT_TYPES = Object.keys(ALL_TYPES) as readonly EventType[];

/** Prefix that turns an event type into its CloudEvents `type`. */
export const TYPE_PREFIX = "com.todo1m.";

/** An event as stored and sent: CloudEvents 1.0 with the extensions named in the design. */
export type GroupEvent = {
  [T in EventType]: {
    readonly specversion: "1.0";
    /** UUIDv7, a function of the command's id and the event's place in it. */
    readonly id: string;
    readonly type: `${typeof TYPE_PREFIX}${T}`;
    /** `/groups/<group id>` */
    readonly source: string;
    /** `todos/<id>`, `members/<id>` or `group` */
    readonly subject: string;
    /** When the mailbox took the command in, RFC 3339 UTC. */
    readonly time: string;
    readonly datacontenttype: "application/json";
    /** `/schemas/<type>/<version>.json` */
    readonly dataschema: string;
    /** The group's version after this event, dense from 1, zero-padded to {@link SEQUENCE_DIGITS}. */
    readonly sequence: string;
    readonly partitionkey: string;
    /** Id of the command that caused it. */
    readonly causationid: string;
    /** W3C trace context of the request, where it was sampled. */
    readonly traceparent?: string;
    /** Id of the user who acted; `SYSTEM_ACTOR` when a timer did. */
    readonly authid: string;
    /** Fingerprint of the command's body: what makes a reused id recognisable. */
    readonly commandhash: string;
    readonly data: EventData[T];
  };
}[EventType];

export const SEQUENCE_DIGITS = 10;

/** The group's version after `event`. */
export function versionOf(event: Pick<GroupEvent, "sequence">): number {
  return Number(event.sequence);
}

/** Id of the group `event` belongs to. */
export function groupOf(event: Pick<GroupEvent, "partitionkey">): string {
  return event.partitionkey;
}
