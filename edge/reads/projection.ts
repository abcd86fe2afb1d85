/**
 * Waits for the read model: the projector announces each version it has made visible, so a reader that
 * needs a newer one is woken instead of asking again and again. It says that it waits: then the projector
 * lets no more events gather.
 */
import type { NatsConnection } from "@nats-io/nats-core";
import { logger, type Sql } from "../../actors/platform/mod.ts";
import { awaitedSubject, projectedSubject } from "../../actors/protocol/routing/mod.ts";

const log = logger("edge.reads");

export interface ProjectionDeps {
  readonly connection: NatsConnection;
  readonly sql: Sql;
  /** How long to wait at most, in milliseconds. */
  readonly deadlineMs: number;
}

export class Projection {
  readonly #deps: ProjectionDeps;

  constructor(deps: ProjectionDeps) {
    this.#deps = deps;
  }

  /** The versions that the read model holds of `groupIds`; 0 for a group it does not know. */
  async versions(groupIds: readonly string[]): Promise<Map<string, number>> {
    const rows = await this.#deps.sql<{ group_id: string; version: string }[]>`
      select group_id, version from group_projection_offsets
      where group_id = any(${groupIds as string[]})`;
    const versions = new Map(groupIds.map((groupId) => [groupId, 0]));
    for (const row of rows) versions.set(row.group_id, Number(row.version));
    return versions;
  }

  /**
   * Waits until the read model holds `version` of `groupId`.
   *
   * @returns the version it holds: at least `version`, or less when the deadline came first
   */
  async waitFor(groupId: string, version: number): Promise<number> {
    const { connection, deadlineMs } = this.#deps;
    const { promise, resolve } = Promise.withResolvers<void>();
    let newest = 0;
    const subscription = connection.subscribe(projectedSubject(groupId), {
      callback: (error, message) => {
        if (error) {
          // A wait then ends with its deadline at the latest; the log says why.
          log.error("Announcements of the projector cannot be received: {reason}", {
            reason: error.message,
          });
          return;
        }
        newest = Math.max(newest, Number(message.string()) || 0);
        if (newest >= version) resolve();
      },
    });
    const timer = setTimeout(resolve, deadlineMs);
    try {
      // The announcement may have come before the subscription: only a look after it is conclusive.
      await Promise.race([promise, ignoreDisconnect(connection.flush())]);
      const held = (await this.versions([groupId])).get(groupId) ?? 0;
      // Only now: an announcement may have come during the query.
      newest = Math.max(newest, held);
      if (newest < version) {
        connection.publish(awaitedSubject(groupId));
        await promise;
      }
      return newest;
    } finally {
      clearTimeout(timer);
      subscription.unsubscribe();
    }
  }
}

/** A flush fails when the connection drops meanwhile; the read model can still be asked then. */
async function ignoreDisconnect(flush: Promise<void>): Promise<void> {
  await flush.catch((error: unknown) => {
    log.warning("Waiting for the read model without NATS: {reason}", { reason: String(error) });
  });
}
