/**
 * The subject grammar: `app.<stream>.<partition>.<kind>.<id>`. The only place where subjects are built
 * or taken apart; ids are validated before they get here, and checked again because a wildcard in an
 * id would address other groups.
 */
import { partitionOf } from "./partition.ts";

const KIND = "group";
const SAFE_ID = /^[A-Za-z0-9_-]{1,64}$/;

/** The kinds of stream that carry a group's messages. */
export type Channel = "command" | "event" | "feed" | "snapshot";

/** Where a group's messages of one channel go: mailbox, log, feed or snapshot. */
export function groupSubject(channel: Channel, groupId: string): string {
  if (!SAFE_ID.test(groupId)) {
    throw new RangeError(`Cannot build a subject: "${groupId}" is not a safe group id`);
  }
  return `app.${channel}.${partitionOf(groupId)}.${KIND}.${groupId}`;
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
