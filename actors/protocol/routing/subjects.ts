/**
 * The subject grammar: `app.<stream>.<partition>.<kind>.<id>`. The only place where subjects are built
 * or taken apart; ids are validated before they get here, and checked again because a wildcard in an
 * id would address other groups.
 */
import { partitionOf } from "./partition.ts";

const KIND = "group";
const SAFE_ID = /^[A-Za-z0-9_-]{1,64}$/;

/** The kinds of stream that carry a group's messages. */
export type Channel = "command" | "event" | "feed" | "snapshot" | "due";

/** Where a group's messages of one channel go: mailbox, log, feed, snapshot, or timers that are due. */
export function groupSubject(channel: Channel, groupId: string): string {
  return `app.${channel}.${partitionOf(groupId)}.${KIND}.${safe(groupId)}`;
}

/** Which timer of a group: of a reminder of a todo, as set when the group was at `version`. */
export interface TimerName {
  readonly todoId: string;
  readonly reminderId: string;
  readonly version: number;
}

/** Where the message waits that is to be delivered when the timer is due. */
export function timerSubject(groupId: string, timer: TimerName): string {
  const { todoId, reminderId, version } = timer;
  return `${timersPrefix(groupId)}.${safe(todoId)}.${safe(reminderId)}.${version}`;
}

/** Filter that finds every timer of a todo. */
export function todoTimersFilter(groupId: string, todoId: string): string {
  return `${timersPrefix(groupId)}.${safe(todoId)}.*.*`;
}

/** The group's version when the timer on `subject` was set; `NaN` when that is no timer's subject. */
export function timerVersion(subject: string): number {
  const [app, channel, , kind, , , , version, ...rest] = subject.split(".");
  const isTimer = app === "app" && channel === "timer" && kind === KIND && rest.length === 0;
  return isTimer ? Number(version) : NaN;
}

function timersPrefix(groupId: string): string {
  return `app.timer.${partitionOf(groupId)}.${KIND}.${safe(groupId)}`;
}

function safe(id: string): string {
  if (!SAFE_ID.test(id)) throw new RangeError(`Cannot build a subject: "${id}" is not a safe id`);
  return id;
}

/** The group id and partition a subject names, or `undefined` when it is not of the grammar. */
export function parseGroupSubject(
  subject: string,
): { partition: number; groupId: string } | undefined {
  const [app, , partition, kind, groupId, ...rest] = subject.split(".");
  if (app !== "app" || kind !== KIND || !groupId || rest.length > 0) return undefined;
  const number = Number(partition);
  return Number.isInteger(number) ? { partition: number, groupId } : undefined;
}

/** Core subject on which the projector announces that the read model holds a group's version. */
export function projectedSubject(groupId: string): string {
  return `svc.projected.${partitionOf(groupId)}.${KIND}.${groupId}`;
}

/**
 * Mailbox subject of ticks in the stream that stores `partition`: messages without content that let the
 * cursors of quiet blocks move up, because whoever has read one has read everything before it.
 */
export function mailboxTickSubject(partition: number): string {
  return `app.command.${partition}.tick.0`;
}
