/**
 * Requests in large numbers: one subscription for all answers, no timer per request, and writes that
 * share a turn of the event loop.
 */
import { createInbox, type Msg, type MsgHdrs, type NatsConnection } from "@nats-io/nats-core";
import { logger } from "./log.ts";
import { Outbox } from "./outbox.ts";

const SWEEP_MS = 50;

interface Pending {
  readonly resolve: (answer: Msg | undefined) => void;
  readonly giveUpAt: number;
}

export class Requests implements Disposable {
  readonly #outbox: Outbox;
  readonly #timeoutMs: number;
  readonly #prefix = `${createInbox()}.`;
  /** By token, in the order of sending and so of their deadlines. */
  readonly #pending = new Map<string, Pending>();
  readonly #subscription;
  #sweeper: ReturnType<typeof setInterval> | undefined;
  #next = 0;

  /** Every request gives up after `timeoutMs`. */
  constructor(
    connection: NatsConnection,
    options: { readonly timeoutMs: number; readonly outbox?: Outbox },
  ) {
    this.#outbox = options.outbox ?? new Outbox(connection);
    this.#timeoutMs = options.timeoutMs;
    this.#subscription = connection.subscribe(`${this.#prefix}*`, {
      callback: (error, message) => {
        if (error === null) {
          return this.#settle(message.subject.slice(this.#prefix.length), message);
        }
        logger("nats").error("Answers to requests cannot be received: {reason}", {
          reason: error.message,
        });
      },
    });
  }

  /** Sends one request; `undefined` when no answer came in time: it may have arrived or not. */
  send(subject: string, data: Uint8Array | string, headers: MsgHdrs): Promise<Msg | undefined> {
    const token = (this.#next++).toString(36);
    this.#outbox.publish(subject, data, { headers, reply: this.#prefix + token });
    return new Promise((resolve) => {
      this.#pending.set(token, { resolve, giveUpAt: performance.now() + this.#timeoutMs });
      this.#sweeper ??= setInterval(() => this.#sweep(), SWEEP_MS);
    });
  }

  #settle(token: string, answer: Msg | undefined): void {
    const pending = this.#pending.get(token);
    if (!pending) return;
    this.#pending.delete(token);
    pending.resolve(answer);
  }

  #sweep(): void {
    const now = performance.now();
    for (const [token, pending] of this.#pending) {
      if (pending.giveUpAt > now) break;
      this.#settle(token, undefined);
    }
    if (this.#pending.size > 0) return;
    clearInterval(this.#sweeper);
    this.#sweeper = undefined;
  }

  [Symbol.dispose](): void {
    clearInterval(this.#sweeper);
    this.#subscription.unsubscribe();
    for (const token of this.#pending.keys()) this.#settle(token, undefined);
  }
}
