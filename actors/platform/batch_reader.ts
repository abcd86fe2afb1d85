/**
 * Reads a stream in order and in batches: waits for the first message, then takes everything that has
 * gathered. One request and a burst of messages per batch cost reader and server a fraction of one
 * delivery per message; whoever can let messages gather, reads this way.
 */
import { AckPolicy, DeliverPolicy, jetstreamManager } from "@nats-io/jetstream";
import { createInbox, type Msg, nanos, type NatsConnection } from "@nats-io/nats-core";
import { logger } from "./log.ts";
import { pause } from "./pause.ts";

/** How long one request waits for a message; then it is made again. */
const EXPIRES_MS = 5_000;
/** How much later than the server's own word a request is given up for lost. */
const GRACE_MS = 1_000;
const RETRY_MS = 250;
/** The server forgets a consumer that asks for nothing for so long; it is then made again. */
const FORGOTTEN_MS = 60_000;

export interface BatchReaderOptions<T> {
  readonly stream: string;
  /** First stream sequence to deliver. */
  readonly startSequence: number;
  /** Most messages and bytes of one batch; a single message may be larger. */
  readonly maxMessages: number;
  readonly maxBytes: number;
  /** Makes of each message what is given out; called as it arrives, while the batch before is worked on. */
  readonly decode: (message: DeliveredMessage) => T;
  /** Ends the reading: the batch being waited for is the last, and empty ones are not given out. */
  readonly signal: AbortSignal;
}

/** A message as it was delivered. */
export interface DeliveredMessage {
  readonly subject: string;
  /** In the stream. */
  readonly sequence: number;
  readonly storedAtMs: number;
  readonly data: Uint8Array;
  /** Value of its header field `name`; empty without one. Read when it is asked for. */
  readonly header: (name: string) => string;
}

/**
 * The messages of the stream, each once and in order, in batches that are never empty. A batch is asked
 * for when the one before it has been dealt with, or earlier when that one was full. Failures are logged
 * and tried again until `signal` aborts, which ends the sequence.
 */
export async function* readBatches<T>(
  connection: NatsConnection,
  options: BatchReaderOptions<T>,
): AsyncGenerator<T[]> {
  const { signal, stream } = options;
  const interruptions = new Interruptions(connection);
  let position = options.startSequence - 1;
  while (!signal.aborted) {
    try {
      const end = AbortSignal.any([signal, interruptions.next]);
      await using consumer = await PullConsumer.create(connection, options, position + 1, end);
      let ahead: Promise<Pulled<T>> | undefined;
      while (!signal.aborted) {
        const { items, lastSequence, full } = await (ahead ?? consumer.pull());
        ahead = undefined;
        if (items.length === 0) continue;
        position = lastSequence;
        if (full) {
          ahead = consumer.pull();
          // Its failure is met when it is awaited.
          ahead.catch(() => {});
        }
        yield items;
      }
    } catch (error) {
      if (signal.aborted) return;
      logger("reader").warning("Reader of {stream} starts again at {next}: {error}", {
        stream,
        next: position + 1,
        error,
      });
      await pause(RETRY_MS, signal);
    }
  }
}

/** What was asked for over a connection that broke is not coming any more: this says so at once. */
class Interruptions {
  #next = new AbortController();

  constructor(connection: NatsConnection) {
    void this.#follow(connection);
  }

  /** Aborts when the connection is interrupted for the next time. */
  get next(): AbortSignal {
    return this.#next.signal;
  }

  async #follow(connection: NatsConnection): Promise<void> {
    for await (const { type } of connection.status()) {
      if (type !== "reconnect" && type !== "close") continue;
      this.#next.abort(new Error("the connection was interrupted"));
      this.#next = new AbortController();
    }
  }
}

interface Pulled<T> {
  readonly items: T[];
  /** Sequence of the message of the last item; 0 without one. */
  readonly lastSequence: number;
  /** Whether the batch ended at its limits, so that more is waiting. */
  readonly full: boolean;
}

/** A consumer without acknowledgements that is asked for one batch after the other. */
class PullConsumer<T> implements AsyncDisposable {
  readonly #connection: NatsConnection;
  readonly #options: BatchReaderOptions<T>;
  readonly #name: string;
  readonly #end: AbortSignal;
  #delivered = 0;

  private constructor(
    connection: NatsConnection,
    options: BatchReaderOptions<T>,
    { name, end }: { readonly name: string; readonly end: AbortSignal },
  ) {
    this.#connection = connection;
    this.#options = options;
    this.#name = name;
    this.#end = end;
  }

  /** Makes one that delivers from `startSequence` on; `end` ends what is asked of it. */
  static async create<T>(
    connection: NatsConnection,
    options: BatchReaderOptions<T>,
    startSequence: number,
    end: AbortSignal,
  ): Promise<PullConsumer<T>> {
    const manager = await jetstreamManager(connection, { checkAPI: false });
    const { name } = await manager.consumers.add(options.stream, {
      ack_policy: AckPolicy.None,
      deliver_policy: DeliverPolicy.StartSequence,
      opt_start_seq: startSequence,
      mem_storage: true,
      num_replicas: 1,
      inactive_threshold: nanos(FORGOTTEN_MS),
    });
    return new PullConsumer(connection, options, { name, end });
  }

  /**
   * The next batch; an empty one when nothing came in time.
   *
   * @throws {Error} when the consumer is gone or skipped a message, or it was ended
   */
  async pull(): Promise<Pulled<T>> {
    const expires = nanos(EXPIRES_MS);
    const { maxMessages: batch, maxBytes: max_bytes } = this.#options;
    // No wait and an expiry together: wait for a message, then give out what there is.
    const pulled = await this.#request({ batch, max_bytes, no_wait: true, expires });
    return pulled.full && pulled.items.length === 0
      ? await this.#request({ batch: 1, no_wait: true, expires })
      : pulled;
  }

  #request(
    limits: { readonly batch: number; readonly [field: string]: unknown },
  ): Promise<Pulled<T>> {
    const { promise, resolve, reject } = Promise.withResolvers<Pulled<T>>();
    const items: T[] = [];
    let lastSequence = 0;
    const inbox = createInbox();
    const end = this.#end;
    const settle = (finish: () => void) => {
      clearTimeout(timer);
      end.removeEventListener("abort", abort);
      subscription.unsubscribe();
      finish();
    };
    const fail = (reason: string) => settle(() => reject(new Error(reason)));
    const abort = () => settle(() => reject(end.reason));
    const timer = setTimeout(() => fail("the server is silent"), EXPIRES_MS + GRACE_MS);
    const subscription = this.#connection.subscribe(inbox, {
      callback: (error, message) => {
        if (error) return settle(() => reject(error));
        // A message of the stream says where it stands; the server's own word has nothing to reply to.
        if (!message.reply) {
          const how = endOfBatch(message);
          if (how === "failed") return fail(`${message.headers}`);
          return settle(() => resolve({ items, lastSequence, full: how === "full" }));
        }
        const { delivery, ...delivered } = parseDelivery(message);
        if (delivery !== this.#delivered + 1) return fail(`delivery ${delivery} is out of order`);
        this.#delivered = delivery;
        lastSequence = delivered.sequence;
        if (items.push(this.#options.decode(delivered)) === limits.batch) {
          settle(() => resolve({ items, lastSequence, full: true }));
        }
      },
    });
    if (end.aborted) abort();
    else end.addEventListener("abort", abort);
    this.#connection.publish(
      `$JS.API.CONSUMER.MSG.NEXT.${this.#options.stream}.${this.#name}`,
      JSON.stringify(limits),
      { reply: inbox },
    );
    return promise;
  }

  /** Lets the server forget it, which it would do by itself some time later. */
  async [Symbol.asyncDispose](): Promise<void> {
    const { stream } = this.#options;
    try {
      const manager = await jetstreamManager(this.#connection, { checkAPI: false, timeout: 500 });
      await manager.consumers.delete(stream, this.#name);
    } catch (error) {
      logger("reader").debug("Consumer of {stream} was gone already: {error}", { stream, error });
    }
  }
}

/** What a status message says of the batch it ends (ADR-13). */
function endOfBatch({ headers }: Msg): "done" | "full" | "failed" {
  const { code = 0, description = "" } = headers ?? {};
  if (code === 404 || code === 408) return "done";
  return code === 409 && /MaxBytes/i.test(description) ? "full" : "failed";
}

/** Reads a message and, of its reply subject, where it stands in the stream and among deliveries. */
function parseDelivery(message: Msg): DeliveredMessage & { readonly delivery: number } {
  const tokens = (message.reply ?? "").split(".");
  // $JS.ACK.[domain.account.]stream.consumer.tries.sequence.delivery.nanoseconds.pending
  const at = tokens.length === 9 ? 5 : 7;
  return {
    subject: message.subject,
    sequence: Number(tokens[at]),
    delivery: Number(tokens[at + 1]),
    storedAtMs: Math.floor(Number(tokens[at + 2]) / 1_000_000),
    data: message.data,
    header: (name) => message.headers?.get(name) ?? "",
  };
}
