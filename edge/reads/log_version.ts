/** How far a group really is: asked of the log when the read model does not hold what a reader wants. */
import { jetstreamManager } from "@nats-io/jetstream";
import type { NatsConnection } from "@nats-io/nats-core";
import { readLast } from "../../actors/platform/mod.ts";
import { decodeCommit, versionOf } from "../../actors/protocol/mod.ts";
import { groupSubject } from "../../actors/protocol/routing/mod.ts";

/** The group's version in the log; 0 when it has none. Throws when the log does not say. */
export type LogVersion = (groupId: string) => Promise<number>;

export function logVersion(connection: NatsConnection): LogVersion {
  return async (groupId) => {
    const subject = groupSubject("event", groupId);
    const { streams } = await jetstreamManager(connection, { checkAPI: false });
    const last = await readLast(connection, await streams.find(subject), subject);
    const event = last && decodeCommit(last.data).at(-1);
    return event ? versionOf(event) : 0;
  };
}
