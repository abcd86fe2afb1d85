/**
 * Quotas that all edges count together. Each takes requests out of its own copy at once, without asking
 * anybody, and tells the others what it took: soon when it was a noticeable part of the quota, else now and
 * then. So all of them together let through what one would, but for what is on its way between them.
 */
import type { NatsConnection } from "@nats-io/nats-core";
import { setImmediate } from "node:timers";
import * as v from "valibot";
import { logger } from "../../actors/platform/mod.ts";
import { QUOTA_SUBJECT, type QuotaNotice } from "../../actors/protocol/routing/mod.ts";
import { FailureWait, type Quota, RateLimiter } from "../http/mod.ts";

/** The part of a quota that one edge may take before the others are told, and how late they are at most. */
const NOTICEABLE = 1 / 100;
const TELL_AFTER_MS = 100;
/** Keys in one message. */
const MOST_KEYS = 1_000;

const Notice = v.object({
  from: v.string(),
  taken: v.array(v.strictTuple([v.string(), v.string(), v.pipe(v.number(), v.minValue(0))])),
});

interface Counted {
  /** Counts what the others have taken. */
  readonly note: (key: string, count: number) => void;
  /** Requests of one key after which the others are told at once. */
  readonly noticeable: number;
  /** By key, what the others have not been told. */
  untold: Map<string, number>;
}

export class SharedQuotas implements Disposable {
  readonly #id = crypto.randomUUID();
  readonly #counted = new Map<string, Counted>();
  #connection: NatsConnection | undefined;
  #subscription: { unsubscribe(): void } | undefined;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #isDue = false;

  /** A limiter whose requests the other edges hear of; names are unique. */
  limiter(name: string, quota: Quota): RateLimiter {
    const limiter = new RateLimiter(name, quota, { onTake: this.#teller(name) });
    this.#counted.set(name, {
      note: (key, count) => limiter.note(key, count),
      noticeable: Math.max(1, Math.floor(quota.limit * NOTICEABLE)),
      untold: new Map(),
    });
    return limiter;
  }

  /** A count of failures of which the other edges hear at once; names are unique, those of limiters included. */
  failureWait(name: string, quota: Quota): FailureWait {
    const wait = new FailureWait(name, quota, { onTake: this.#teller(name) });
    this.#counted.set(name, {
      note: (key, count) => wait.note(key, count),
      noticeable: 1,
      untold: new Map(),
    });
    return wait;
  }

  /** Tells, and listens to, the other edges over `connection` from now on. */
  connect(connection: NatsConnection): void {
    this.#connection = connection;
    this.#subscription = connection.subscribe(QUOTA_SUBJECT, {
      callback: (error, message) => {
        if (error) {
          return logger("edge").error("Other edges cannot be heard: {reason}", {
            reason: error.message,
          });
        }
        this.#hear(message.data);
      },
    });
  }

  [Symbol.dispose](): void {
    clearTimeout(this.#timer);
    this.#subscription?.unsubscribe();
    this.#connection = undefined;
  }

  #teller(name: string): (key: string, count: number) => void {
    return (key, count) => {
      const counted = this.#counted.get(name);
      if (counted) this.#took(counted, key, count);
    };
  }

  #took({ noticeable, untold }: Counted, key: string, taken: number): void {
    const count = (untold.get(key) ?? 0) + taken;
    untold.set(key, count);
    if (!this.#connection) return;
    if (count < noticeable) {
      this.#timer ??= setTimeout(() => this.#tell(), TELL_AFTER_MS);
      return;
    }
    if (this.#isDue) return;
    this.#isDue = true;
    // With everything else that is taken in this turn of the event loop.
    setImmediate(() => this.#tell());
  }

  #tell(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#isDue = false;
    const taken = [...this.#counted].flatMap(([name, counted]) => {
      const { untold } = counted;
      counted.untold = new Map();
      return [...untold].map(([key, count]) => [name, key, count] as const);
    });
    if (!this.#connection || this.#connection.isClosed()) return;
    for (let from = 0; from < taken.length; from += MOST_KEYS) {
      const notice: QuotaNotice = { from: this.#id, taken: taken.slice(from, from + MOST_KEYS) };
      this.#connection.publish(QUOTA_SUBJECT, JSON.stringify(notice));
    }
  }

  #hear(data: Uint8Array): void {
    let notice: v.InferOutput<typeof Notice>;
    try {
      notice = v.parse(Notice, JSON.parse(new TextDecoder().decode(data)));
    } catch (error) {
      logger("edge").warning("What an edge says of quotas cannot be read: {error}", { error });
      return;
    }
    if (notice.from === this.#id) return;
    for (const [name, key, count] of notice.taken) {
      this.#counted.get(name)?.note(key, count);
    }
  }
}
