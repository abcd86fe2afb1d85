/**
 * Publishes the outbox of account events to JetStream: at least once, those of one user in their order, and
 * from however many edges there are. Woken by Postgres; looks by itself only in case a call was lost.
 */
import { jetstream } from "@nats-io/jetstream";
import type { NatsConnection } from "@nats-io/nats-core";
import { logger, type Sql } from "../../actors/platform/mod.ts";
import { type AccountEvent, messageOf, OUTBOX_CHANNEL, takeEvents } from "./account_events.ts";
import type { SessionRef } from "./service.ts";
import { Worker } from "./worker.ts";

/** How often an edge looks without being called. */
const LOOK_MS = 30_000;
const RETRY_MIN_MS = 500;
const RETRY_MAX_MS = 30_000;
/** How long an event may take to be stored. */
const PUBLISH_MS = 2_000;

export interface OutboxRelayDeps {
  readonly sql: Sql;
  readonly connection: NatsConnection;
  /** Tells whoever holds streams or checks tokens that a session is over. */
  readonly announceEnd: (session: SessionRef) => void;
}

export class OutboxRelay {
  readonly #deps: OutboxRelayDeps;
  readonly #log = logger("edge.auth");
  readonly #publisher;
  readonly #worker = new Worker({
    work: () => this.#publishAll(),
    onFailure: (error) => this.#failed(error),
  });
  #failures = 0;
  /** Why the last event was not stored that was not. */
  #refusal: unknown;

  constructor(deps: OutboxRelayDeps) {
    this.#deps = deps;
    this.#publisher = jetstream(deps.connection, { timeout: PUBLISH_MS });
  }

  /** Publishes what there is, and from then on what comes. */
  start(): void {
    this.#worker.wake();
    const wake = () => this.#worker.wake();
    // The library itself listens again after an outage, however long; what came meanwhile is looked for.
    this.#deps.sql.listen(OUTBOX_CHANNEL, wake, wake).catch((error) => {
      this.#log.warning("Postgres does not tell of account events yet: {reason}", {
        reason: String(error),
      });
    });
  }

  /** Ends when nothing is being published any more; what is left another edge publishes. */
  async stop(): Promise<void> {
    await this.#worker.stop();
  }

  async #publishAll(): Promise<number> {
    while (!this.#worker.stopped) {
      const { found, taken } = await takeEvents(this.#deps.sql, (events) => this.#publish(events));
      if (found === 0) break;
      if (taken < found) throw this.#refusal;
      this.#failures = 0;
    }
    return LOOK_MS;
  }

  /** Publishes events one after the other until one fails; answers how many were stored. */
  async #publish(events: readonly AccountEvent[]): Promise<number> {
    for (const [index, event] of events.entries()) {
      const { subject, body } = messageOf(event);
      try {
        await this.#publisher.publish(subject, body, { msgID: event.id });
      } catch (error) {
        this.#refusal = error;
        return index;
      }
      this.#announce(event);
    }
    return events.length;
  }

  /** Says again what the edge that ended the session may not have lived to say. */
  #announce({ userId, sessionId, verb }: AccountEvent): void {
    if (sessionId === undefined || verb !== "invalidated") return;
    this.#deps.announceEnd({ userId, sessionId });
  }

  #failed(error: unknown): number {
    this.#log.warning("Account events cannot be published: {reason}", { reason: String(error) });
    return Math.min(RETRY_MIN_MS * 2 ** this.#failures++, RETRY_MAX_MS);
  }
}
