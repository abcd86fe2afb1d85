/**
 * Quotas that all edges count together. Each takes requests out of its own copy at once, without asking
 * anybody, and tells the others what it took: soon when it was a noticeable part of the quota, else now and
 * then. So all of them together let through what one would, but for what is on its way between them. Attempts
 * that must not be too many by a single one are told of before they count.
 */
import type { NatsConnection } from "@nats-io/nats-core";
import { setImmediate } from "node:timers";
import { logger, pause } from "../../actors/platform/mod.ts";
import {
  QUOTA_SUBJECT,
  type QuotaCount,
  type QuotaNotice,
} from "../../actors/protocol/routing/mod.ts";
import { Attempts, type Quota, RateLimiter } from "../http/mod.ts";
import { readNotice } from "./_notice.ts";
import { answerRecalls, recallUsed, type Used } from "./_recall.ts";

/** The part of a quota that one edge may take before the others are told, and how late they are at most. */
const NOTICEABLE = 1 / 100;
const TELL_AFTER_MS = 100;
/** Keys in one message. */
const MOST_KEYS = 1_000;
/** How long an attempt waits for the server to have told the others of it. */
const ANNOUNCE_MS = 250;

interface Counted {
  /** Counts what the others have taken. */
  readonly note: (key: string, count: number) => void;
  /** What is used up here, as far as it is noticeable. */
  readonly used: () => Iterable<readonly [key: string, count: number, waitMs?: number]>;
  /** Notes what was used up before this edge listened. */
  readonly learn: (key: string, count: number, waitMs: number) => void;
  /** Requests of one key after which the others are told at once. */
  readonly noticeable: number;
  /** By key, what the others have not been told. */
  untold: Map<string, number>;
}

interface Checked {
  readonly attempts: Attempts;
  /** Keys of which the others have not been told how many attempts are being checked. */
  untold: Set<string>;
}

export class SharedQuotas implements Disposable {
  readonly #id = crypto.randomUUID();
  readonly #counted = new Map<string, Counted>();
  readonly #checked = new Map<string, Checked>();
  #connection: NatsConnection | undefined;
  #subscription: { unsubscribe(): void } | undefined;
  #answering: { unsubscribe(): void } | undefined;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #isDue = false;
  /** Whether the server has not answered in time lately: nobody waits for it until it does. */
  #isSilent = false;

  /** A limiter whose requests the other edges hear of; names are unique. */
  limiter(name: string, quota: Quota): RateLimiter {
    const limiter = new RateLimiter(name, quota, { onTake: this.#teller(name) });
    const noticeable = Math.max(1, Math.floor(quota.limit * NOTICEABLE));
    this.#counted.set(name, {
      note: (key, count) => limiter.note(key, count),
      // Parts of a request are refilled at any moment.
      used: () => limiter.used(noticeable / 2),
      learn: (key, count) => limiter.learn(key, count),
      noticeable,
      untold: new Map(),
    });
    return limiter;
  }

  /** Attempts of which, and of whose failures, the other edges hear at once; names are unique, as those of limiters. */
  attempts(name: string, quota: Quota): Attempts {
    const untold = new Set<string>();
    const attempts = new Attempts(name, quota, {
      onTake: this.#teller(name),
      onPending: (key) => {
        this.#checked.get(name)?.untold.add(key);
        this.#tellSoon();
      },
      announced: () => this.#announced(),
    });
    this.#counted.set(name, {
      note: (key, count) => attempts.noteFailures(key, count),
      used: () => attempts.knownFailures(),
      learn: (key, count, waitMs) => attempts.learnFailures(key, count, waitMs),
      noticeable: 1,
      untold: new Map(),
    });
    this.#checked.set(name, { attempts, untold });
    return attempts;
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

  /**
   * Learns from another edge what is used up, within a second, and tells it from then on to edges that start; call
   * it after {@link connect}, when all limiters are made.
   */
  async recall(): Promise<void> {
    const connection = this.#connection;
    if (!connection) return;
    await recallUsed(connection, ([name, key, count, waitMs]) => {
      this.#counted.get(name)?.learn(key, count, waitMs);
    });
    if (this.#connection) this.#answering = answerRecalls(connection, () => this.#used());
  }

  *#used(): Generator<Used> {
    for (const [name, { used }] of this.#counted) {
      for (const [key, count, waitMs = 0] of used()) yield [name, key, count, waitMs];
    }
  }

  [Symbol.dispose](): void {
    clearTimeout(this.#timer);
    this.#subscription?.unsubscribe();
    this.#answering?.unsubscribe();
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
    if (count < noticeable) this.#timer ??= setTimeout(() => this.#tell(), TELL_AFTER_MS);
    else this.#tellSoon();
  }

  /** Tells with everything else that happens in this turn of the event loop. */
  #tellSoon(): void {
    if (this.#isDue || !this.#connection) return;
    this.#isDue = true;
    setImmediate(() => this.#tell());
  }

  /**
   * Resolves when the server has passed on what there was to tell, and with it has sent what it had from the
   * others; without a server that answers, after a short time.
   */
  async #announced(): Promise<void> {
    const connection = this.#connection;
    if (!connection || connection.isClosed()) return;
    this.#tell();
    const over = new AbortController();
    let isAnswered = false;
    const answered = connection.flush().then(() => {
      isAnswered = true;
      this.#isSilent = false;
    }, (error: unknown) => {
      logger("edge").debug("Nobody is told of attempts: {reason}", { reason: String(error) });
    }).finally(() => over.abort());
    if (this.#isSilent) return;
    await Promise.race([answered, pause(ANNOUNCE_MS, over.signal)]);
    if (isAnswered || this.#isSilent) return;
    this.#isSilent = true;
    logger("edge").warning("Other edges are not told of attempts in time: each counts by itself");
  }

  #tell(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#isDue = false;
    const taken = [...this.#counted].flatMap(([name, counted]) => {
      const { untold } = counted;
      counted.untold = new Map();
      return [...untold].map(([key, count]): QuotaCount => [name, key, count]);
    });
    const pending = [...this.#checked].flatMap(([name, checked]) => {
      const { attempts, untold } = checked;
      checked.untold = new Set();
      return [...untold].map((key): QuotaCount => [name, key, attempts.pendingHere(key)]);
    });
    const connection = this.#connection;
    if (!connection || connection.isClosed()) return;
    for (const notice of noticesOf(this.#id, taken, pending)) {
      connection.publish(QUOTA_SUBJECT, JSON.stringify(notice));
    }
  }

  #hear(data: Uint8Array): void {
    let notice: ReturnType<typeof readNotice>;
    try {
      notice = readNotice(data);
    } catch (error) {
      logger("edge").warning("What an edge says of quotas cannot be read: {error}", { error });
      return;
    }
    const { from, taken, pending } = notice;
    if (from === this.#id) return;
    for (const [name, key, count] of taken) this.#counted.get(name)?.note(key, count);
    for (const [name, key, count] of pending) {
      this.#checked.get(name)?.attempts.notePending(from, key, count);
    }
  }
}

/** What is to be told, failures before the end of the attempts that they were or together with it. */
function noticesOf(
  from: string,
  taken: readonly QuotaCount[],
  pending: readonly QuotaCount[],
): QuotaNotice[] {
  if (taken.length + pending.length === 0) return [];
  if (pending.length === 0 && taken.length <= MOST_KEYS) return [{ from, taken }];
  if (taken.length + pending.length <= MOST_KEYS) return [{ from, taken, pending }];
  return [
    ...inParts(taken).map((part) => ({ from, taken: part })),
    ...inParts(pending).map((part) => ({ from, taken: [], pending: part })),
  ];
}

function inParts(counts: readonly QuotaCount[]): QuotaCount[][] {
  const parts: QuotaCount[][] = [];
  for (let i = 0; i < counts.length; i += MOST_KEYS) parts.push(counts.slice(i, i + MOST_KEYS));
  return parts;
}
