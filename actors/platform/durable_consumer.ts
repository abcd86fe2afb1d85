/**
 * Work on the messages of a stream that must be done at least once each, in no particular order: a
 * durable consumer with explicit acknowledgements. Work that takes long says that it is alive; work that
 * fails is tried again by the policy of redelivery, and then becomes a dead letter. The server counts the
 * tries, so a process that dies of a message counts as one too.
 *
 * For consumers with effects outside (mail, webhooks, exports). No process is one today, only tests use it:
 * hosts, streamers and the projector need the order of a stream and read it from positions of their own. The
 * projector keeps the same policy of tries where its order lets it.
 */
import {
  AckPolicy,
  type Consumer,
  type ConsumerConfig,
  jetstream,
  JetStreamApiError,
  type JetStreamManager,
  jetstreamManager,
  type JsMsg,
} from "@nats-io/jetstream";
import { nanos, type NatsConnection } from "@nats-io/nats-core";
import { recordDeadLetter } from "./dead_letters.ts";
import { type Logger, logger } from "./log.ts";
import { pause } from "./pause.ts";
import { MAX_TRIES, nextTryInMs } from "./redelivery.ts";

const EXPIRES_MS = 2_000;
const RETRY_MS = 250;
const ACK_WAIT_MS = 30_000;
const CONCURRENCY = 8;
/** Error code: the consumer exists with other settings. */
const CONSUMER_EXISTS = 10148;

export interface DurableOptions {
  readonly stream: string;
  /** Name of the consumer; who starts with the same name shares its messages. */
  readonly durable: string;
  readonly filterSubject?: string;
  /**
   * Works on one message; throws when the message is at fault, which counts as a try. It waits out outages
   * itself, for as long as they last: meanwhile the server is told that the work goes on. It may meet a
   * message twice, so it has to be idempotent.
   */
  readonly handle: (message: JsMsg, signal: AbortSignal) => Promise<void>;
  /** Named in the dead letters. */
  readonly process: string;
  /** Messages worked on at once; default 8. */
  readonly concurrency?: number;
  /** How long the server waits for a sign of life, in milliseconds; default 30,000. */
  readonly ackWaitMs?: number;
  /** How long to wait after so many failed tries; the platform's policy when absent. */
  readonly nextTryInMs?: (failed: number) => number | undefined;
}

/** Work in progress; disposing stops it after the messages in hand. */
export interface DurableConsumer extends AsyncDisposable {
  /** Takes no more messages; resolves when those in hand are done. */
  stop(): Promise<void>;
}

/**
 * Starts working on the stream's messages.
 *
 * @throws {Error} when the consumer cannot be made
 */
export async function consumeDurably(
  connection: NatsConnection,
  options: DurableOptions,
): Promise<DurableConsumer> {
  const { stream, durable, filterSubject, ackWaitMs = ACK_WAIT_MS } = options;
  await applyConsumer(await jetstreamManager(connection), stream, {
    durable_name: durable,
    ack_policy: AckPolicy.Explicit,
    ack_wait: nanos(ackWaitMs),
    // Counting is ours: the server would drop the message without a word.
    max_deliver: -1,
    ...(filterSubject === undefined ? {} : { filter_subject: filterSubject }),
  });
  const consumer = await jetstream(connection).consumers.get(stream, durable);
  const stopping = new AbortController();
  const worker = new Worker(connection, { ...options, ackWaitMs }, stopping.signal);
  const running = Promise.all(
    Array.from({ length: options.concurrency ?? CONCURRENCY }, () => worker.run(consumer)),
  );
  const stop = async () => {
    stopping.abort(new Error("The consumer is stopping"));
    await running;
  };
  return { stop, [Symbol.asyncDispose]: stop };
}

/** Makes the consumer, or gives the one that exists these settings. */
async function applyConsumer(
  manager: JetStreamManager,
  stream: string,
  config: Partial<ConsumerConfig> & { readonly durable_name: string },
): Promise<void> {
  try {
    await manager.consumers.add(stream, config);
  } catch (error) {
    if (!(error instanceof JetStreamApiError && error.code === CONSUMER_EXISTS)) throw error;
    await manager.consumers.update(stream, config.durable_name, config);
  }
}

class Worker {
  readonly #connection: NatsConnection;
  readonly #options: DurableOptions & { readonly ackWaitMs: number };
  readonly #signal: AbortSignal;
  readonly #log: Logger = logger("consumer");

  constructor(
    connection: NatsConnection,
    options: DurableOptions & { readonly ackWaitMs: number },
    signal: AbortSignal,
  ) {
    this.#connection = connection;
    this.#options = options;
    this.#signal = signal;
  }

  /** Asks for one message at a time, so that none waits here while the server takes it for worked on. */
  async run(consumer: Consumer): Promise<void> {
    while (!this.#signal.aborted) {
      try {
        const message = await consumer.next({ expires: EXPIRES_MS });
        if (message) await this.#workOn(message);
      } catch (error) {
        this.#log.warning("Consumer {durable} goes on after: {error}", {
          durable: this.#options.durable,
          error,
        });
        await pause(RETRY_MS, this.#signal);
      }
    }
  }

  async #workOn(message: JsMsg): Promise<void> {
    const { handle, ackWaitMs, nextTryInMs: next = nextTryInMs } = this.#options;
    const tries = message.info.deliveryCount;
    if (tries > MAX_TRIES) {
      const error = new Error(`Work on it did not end in ${MAX_TRIES} tries`);
      return await this.#setAside(message, error, MAX_TRIES);
    }
    const heartbeat = setInterval(() => message.working(), ackWaitMs / 3);
    try {
      await handle(message, this.#signal);
    } catch (error) {
      const waitMs = next(tries);
      if (waitMs === undefined) return await this.#setAside(message, error, tries);
      this.#log.warning("Message {sequence} of {stream} failed at try {tries}: {error}", {
        sequence: message.seq,
        stream: this.#options.stream,
        tries,
        error,
      });
      return message.nak(waitMs);
    } finally {
      clearInterval(heartbeat);
    }
    await message.ackAck();
  }

  /** A letter that cannot be recorded leaves the message to the next delivery. */
  async #setAside(message: JsMsg, error: unknown, tries: number): Promise<void> {
    const { stream, process } = this.#options;
    const { subject, data, headers, seq: sequence } = message;
    await recordDeadLetter(this.#connection, {
      subject,
      stream,
      sequence,
      data,
      headers,
      error,
      tries,
      process,
    });
    this.#log.error("Message {sequence} of {stream} is set aside: {error}", {
      sequence,
      stream,
      error,
    });
    await message.ackAck();
  }
}
