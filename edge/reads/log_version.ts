/** How far a group really is: asked of the log when the read model does not hold what a reader wants. */
import { jetstreamManager } from "@nats-io/jetstream";
import type { NatsConnection } from "@nats-io/nats-core";
import { readLast } from "../../actors/platform/mod.ts";
import { decodeCommit, versionOf } from "../../actors/protocol/mod.ts";
import { groupSubject } from "../../actors/protocol/routing/mod.ts";

/** The group's version in the log; 0 when it has none. Throws when the log does not say. */
export type LogVersion = (groupId: string) => Promise<number>;

/** Asks for `timeoutMs` at most. */
export function logVersion(connection: NatsConnection, timeoutMs: number): LogVersion {
  return async (groupId) => {
    const giveUpAt = performance.now() + timeoutMs;
    const subject = groupSubject("event", groupId);
    const options = { checkAPI: false, timeout: timeoutMs };
    const { streams } = await jetstreamManager(connection, options);
    const stream = await streams.find(subject);
    const leftMs = Math.max(1, Math.ceil(giveUpAt - performance.now()));
    const last = await readLast(connection, stream, subject, leftMs);
    const event = last && decodeCommit(last.data).at(-1);
    return event ? versionOf(event) : 0;
  };
}
