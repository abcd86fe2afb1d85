/**
 * Reads a stream in order from a sequence on, for ever: an ordered, ack-less consumer that is made
 * again from the last handled message whenever it ends, errs or stalls. Delivers every matching
 * message once and in order to a handler that may make it wait (back-pressure).
 */
import {
  type Consumer,
  type ConsumerMessages,
  DeliverPolicy,
  jetstream,
  type JsMsg,
  type OrderedConsumerOptions,
} from "@nats-io/jetstream";
import type { NatsConnection } from "@nats-io/nats-core";
import { logger } from "./log.ts";
import { pause } from "./pause.ts";

const HEARTBEAT_MS = 500;
const EXPIRES_MS = 3_000;
const STALL_CHECK_MS = 2_000;
const RETRY_MS = 250;
/** A cluster that elects a leader does not answer: better ask again soon than wait for the usual 5 s. */
const API_TIMEOUT_MS = 1_500;

export interface OrderedReaderOptions {
  readonly stream: string;
  readonly filterSubjects?: readonly string[];
  /** First stream sequence to deliver. */
  readonly startSequence: number;
  /** Messages fetched ahead of the handler; default 500. */
  readonly prefetch?: number;
  /** Called for each message in order; the next one waits for the returned promise. */
  readonly handle: (message: JsMsg) => Promise<void> | void;
}

/** A running reader. */
export interface OrderedReader extends AsyncDisposable {
  /** Stream sequence of the last message handed to the handler; one below the start before that. */
  readonly position: number;
  /** Whether the server holds nothing more for this reader and all it delivered is handled. */
  isCaughtUp(): Promise<boolean>;
  /** Stops delivery; resolves when the handler's current call has ended. */
  stop(): Promise<void>;
}

/** Starts reading; failures are logged and retried until the reader is stopped. */
export function readOrdered(
  connection: NatsConnection,
  options: OrderedReaderOptions,
): OrderedReader {
  return new Reader(connection, options);
}

class Reader implements OrderedReader {
  readonly #connection: NatsConnection;
  readonly #options: OrderedReaderOptions;
  readonly #log = logger("reader");
  readonly #stopping = new AbortController();
  readonly #done: Promise<void>;
  #position: number;
  /** The consumer that delivered the last handled message, and that message's number with it. */
  #delivered = { consumer: "", sequence: 0 };
  #handling = false;
  #messages: ConsumerMessages | undefined;
  #consumer: Consumer | undefined;

  constructor(connection: NatsConnection, options: OrderedReaderOptions) {
    this.#connection = connection;
    this.#options = options;
    this.#position = options.startSequence - 1;
    this.#done = this.#run();
  }

  get position(): number {
    return this.#position;
  }

  async isCaughtUp(): Promise<boolean> {
    return this.#consumer !== undefined && !await this.#isBehind(this.#consumer);
  }

  async stop(): Promise<void> {
    this.#stopping.abort();
    this.#messages?.stop();
    await this.#done;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
  }

  async #run(): Promise<void> {
    const { signal } = this.#stopping;
    while (!signal.aborted) {
      try {
        await this.#readUntilEnd();
      } catch (error) {
        if (signal.aborted) return;
        this.#log.warning("Reader of {stream} starts again at {next}: {error}", {
          stream: this.#options.stream,
          next: this.#position + 1,
          error,
        });
        await pause(RETRY_MS, signal);
      }
    }
  }

  async #readUntilEnd(): Promise<void> {
    const { stream, filterSubjects, prefetch = 500, handle } = this.#options;
    const { signal } = this.#stopping;
    const config: Partial<OrderedConsumerOptions> = {
      deliver_policy: DeliverPolicy.StartSequence,
      opt_start_seq: this.#position + 1,
      ...(filterSubjects ? { filter_subjects: [...filterSubjects] } : {}),
    };
    const client = jetstream(this.#connection, { timeout: API_TIMEOUT_MS });
    const consumer = await client.consumers.get(stream, config);
    if (signal.aborted) return;
    this.#consumer = consumer;
    const messages = await consumer.consume({
      max_messages: prefetch,
      expires: EXPIRES_MS,
      idle_heartbeat: HEARTBEAT_MS,
    });
    this.#messages = messages;
    if (signal.aborted) messages.stop();
    const watchdog = this.#watch(consumer, messages);
    try {
      for await (const message of messages) {
        if (signal.aborted) break;
        if (message.seq <= this.#position) continue;
        this.#handling = true;
        await handle(message);
        this.#handling = false;
        this.#position = message.seq;
        this.#delivered = {
          consumer: message.info.consumer,
          sequence: message.info.deliverySequence,
        };
      }
    } finally {
      this.#handling = false;
      this.#consumer = undefined;
      clearInterval(watchdog);
      messages.stop();
      // Not waited for: a server that does not answer must not delay the end; it expires by itself.
      consumer.delete().catch((error: unknown) =>
        this.#log.debug("Consumer of {stream} was gone already: {error}", { stream, error })
      );
    }
  }

  /**
   * Ends `messages` when the server has messages for us but none arrived since the last look: the
   * client's own heartbeat does not see every stall.
   */
  #watch(
    consumer: Consumer,
    messages: ConsumerMessages,
  ): ReturnType<typeof setInterval> {
    let seenAt = this.#position;
    let suspect = false;
    return setInterval(async () => {
      if (this.#handling || this.#position !== seenAt) {
        seenAt = this.#position;
        suspect = false;
        return;
      }
      try {
        const behind = await this.#isBehind(consumer);
        if (behind && suspect && this.#position === seenAt && !this.#handling) {
          this.#log.warning("Reader of {stream} stalled at {position}; starting again", {
            stream: this.#options.stream,
            position: this.#position,
          });
          messages.stop();
        }
        suspect = behind;
      } catch (error) {
        this.#log.debug("Cannot look at the consumer of {stream}: {error}", {
          stream: this.#options.stream,
          error,
        });
        // Two failed looks in a row with no message in between: the consumer may be gone.
        if (suspect) messages.stop();
        suspect = true;
      }
    }, STALL_CHECK_MS);
  }

  async #isBehind(consumer: Consumer): Promise<boolean> {
    const info = await consumer.info();
    const { consumer: name, sequence } = this.#delivered;
    const handled = info.name === name ? sequence : 0;
    return this.#handling || info.num_pending > 0 || info.delivered.consumer_seq > handled;
  }
}
