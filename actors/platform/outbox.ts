/**
 * Publishes with everything else of one turn of the event loop, so that many messages cost one write to
 * the socket. Order is kept; a message leaves at most one turn later than it would have.
 */
import { setImmediate } from "node:timers";
import type { NatsConnection, PublishOptions } from "@nats-io/nats-core";

interface Outgoing {
  readonly subject: string;
  readonly data: Uint8Array | string;
  readonly options: PublishOptions;
}

export class Outbox {
  readonly #connection: NatsConnection;
  #waiting: Outgoing[] = [];

  constructor(connection: NatsConnection) {
    this.#connection = connection;
  }

  /** Publishes at the end of this turn; on a closed connection the message is dropped, as NATS would. */
  publish(subject: string, data: Uint8Array | string, options: PublishOptions = {}): void {
    if (this.#waiting.push({ subject, data, options }) === 1) setImmediate(() => this.flush());
  }

  /** Publishes now what waits. */
  flush(): void {
    const batch = this.#waiting;
    this.#waiting = [];
    if (this.#connection.isClosed()) return;
    for (const { subject, data, options } of batch) {
      this.#connection.publish(subject, data, options);
    }
  }
}
