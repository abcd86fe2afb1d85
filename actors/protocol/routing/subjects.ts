/**
 * The subject grammar: `app.<stream>.<partition>.<kind>.<id>`. The only place where subjects are built
 * or taken apart; ids are validated before they get here, and checked again because a wildcard in an
 * id would address other groups.
 */
import { partitionOf } from "./partition.ts";

/** The kind of actor that a group of people is. */
export const GROUP = "group";
/** What ticks have in the place of a kind. */
export const TICK = "tick";
const SAFE_ID = /^[A-Za-z0-9_-]{1,64}$/;

/** The kinds of stream that carry an actor's messages. */
export type Channel = "command" | "event" | "feed" | "snapshot" | "due";

/** Which actor: its kind and its id within the kind. */
export interface ActorAddress {
  readonly kind: string;
  readonly id: string;
}

/** Where an actor's messages of one channel go: mailbox, log, feed, snapshot, or timers that are due. */
export function actorSubject(channel: Channel, { kind, id }: ActorAddress): string {
  return `app.${channel}.${partitionOf(id)}.${safe(kind)}.${safe(id)}`;
}

/** Where a group's messages of one channel go. */
export function groupSubject(channel: Channel, groupId: string): string {
  return `app.${channel}.${partitionOf(groupId)}.${GROUP}.${safe(groupId)}`;
}

/** Filter that finds everything in the mailboxes of a partition, of whatever kind; its ticks too. */
export function mailboxesFilter(partition: number): string {
  return `app.command.${partition}.*.*`;
}

/** The actor and partition a subject names, or `undefined` when it is not of the grammar. */
export function parseActorSubject(
  subject: string,
): (ActorAddress & { readonly partition: number }) | undefined {
  const [app, , partition, kind, id, ...rest] = subject.split(".");
  if (app !== "app" || !kind || !id || rest.length > 0) return undefined;
  const number = Number(partition);
  return Number.isInteger(number) ? { partition: number, kind, id } : undefined;
}

/** The group id and partition a subject names, or `undefined` when it is no group's. */
export function parseGroupSubject(
  subject: string,
): { partition: number; groupId: string } | undefined {
  const named = parseActorSubject(subject);
  return named?.kind === GROUP ? { partition: named.partition, groupId: named.id } : undefined;
}

/** Where the snapshot of an actor is kept that was made when it had reached its milestone `number`. */
export function milestoneSubject({ kind, id }: ActorAddress, number: number): string {
  return `app.milestone.${partitionOf(id)}.${safe(kind)}.${safe(id)}.${number}`;
}

/** Which timer of an actor: by name, about one thing, as set when the actor was at `version`. */
export interface TimerName {
  readonly about: string;
  readonly name: string;
  readonly version: number;
}

/** Where the message waits that is to be delivered when the timer is due. */
export function timerSubject(actor: ActorAddress, timer: TimerName): string {
  const { about, name, version } = timer;
  return `${timersPrefix(actor)}.${safe(about)}.${safe(name)}.${version}`;
}

/** Filter that finds every timer of an actor about one thing. */
export function timersFilter(actor: ActorAddress, about: string): string {
  return `${timersPrefix(actor)}.${safe(about)}.*.*`;
}

/** The actor's version when the timer on `subject` was set; `NaN` when that is no timer's subject. */
export function timerVersion(subject: string): number {
  const [app, channel, , , , , , version, ...rest] = subject.split(".");
  const isTimer = app === "app" && channel === "timer" && rest.length === 0;
  return isTimer && version !== undefined ? Number(version) : NaN;
}

function timersPrefix({ kind, id }: ActorAddress): string {
  return `app.timer.${partitionOf(id)}.${safe(kind)}.${safe(id)}`;
}

function safe(id: string): string {
  if (!SAFE_ID.test(id)) throw new RangeError(`Cannot build a subject: "${id}" is not a safe id`);
  return id;
}

/** Core subject on which the projector announces that the read model holds a group's version. */
export function projectedSubject(groupId: string): string {
  return `svc.projected.${partitionOf(groupId)}.${GROUP}.${groupId}`;
}

/** Core subject on which a reader says that it waits for the read model to hold more of a group. */
export function awaitedSubject(groupId: string): string {
  return `svc.awaited.${partitionOf(groupId)}.${GROUP}.${safe(groupId)}`;
}

/** Filter that finds every reader who waits. */
export const AWAITED_SUBJECTS = "svc.awaited.>";

/**
 * Mailbox subject of ticks in the stream that stores `partition`: messages without content that let the
 * cursors of quiet blocks move up, because whoever has read one has read everything before it.
 */
export function mailboxTickSubject(partition: number): string {
  return `app.command.${partition}.${TICK}.0`;
}
