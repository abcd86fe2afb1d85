/**
 * Writes batches in order: one transaction each, tried again for as long as the trouble may pass, cut in
 * halves when the data itself is refused, until the message at fault is found. That one is set aside, after
 * the tries of the redelivery policy if they can help. Nothing is ever skipped without a record of it.
 */
import { type Logger, nextTryInMs, pause } from "../platform/mod.ts";
import { type Commit, decodeMessage, isForeign, type LogMessage } from "./_decode.ts";
import { type Poison, poisonOf } from "./_poison.ts";
import { isDataError, mayHeal, ProjectionError } from "./errors.ts";
import type { ProjectionMetrics } from "./metrics.ts";
import { type Gap, planBatch } from "./plan.ts";
import type { Store, StreamIdentity } from "./store.ts";

const RETRY_MIN_MS = 100;
const RETRY_MAX_MS = 5_000;

/**
 * A message on its way to Postgres: decoded, or recognised as one that cannot be, or as one of another kind
 * of actor, which has no rows here and only counts for the position.
 */
export type Item =
  | { readonly kind: "commit"; readonly commit: Commit } & Sized
  | { readonly kind: "foreign" } & Sized
  | Poison;

interface Sized {
  readonly sequence: number;
  readonly storedAtMs: number;
  readonly sizeBytes: number;
  readonly message: LogMessage;
}

/** Decodes `message`; one that breaks the protocol becomes poison. */
export function itemOf(message: LogMessage): Item {
  const { sequence, storedAtMs, data: { length: sizeBytes } } = message;
  if (isForeign(message)) return { kind: "foreign", message, sequence, storedAtMs, sizeBytes };
  try {
    const commit = decodeMessage(message);
    return { kind: "commit", commit, message, sequence, storedAtMs, sizeBytes };
  } catch (error) {
    // Decoding is pure, so whatever it throws is about the message and would be thrown for ever.
    return poisonOf(message, error);
  }
}

export interface WriterOptions {
  readonly store: Store;
  readonly identity: StreamIdentity;
  readonly metrics: ProjectionMetrics;
  readonly log: Logger;
  /** Records a message that cannot be projected. */
  readonly setAside: (poison: Poison) => Promise<void>;
  /** Tells readers that the group is projected up to `version`. */
  readonly announce: (groupId: string, version: number) => void;
  /** Ends retries. */
  readonly signal: AbortSignal;
  /** Waits between tries; the platform's when absent. */
  readonly pause?: (ms: number, signal: AbortSignal) => Promise<void>;
}

export class Writer {
  readonly #options: WriterOptions;
  readonly #labels: { readonly shard: string };
  #position: number;
  #failure: string | undefined;
  /** Sequences of set-aside messages that the position has not passed yet. */
  readonly #recorded = new Set<number>();
  /** How often a message was refused that gets another try, by sequence. */
  readonly #tries = new Map<number, number>();

  constructor(position: number, options: WriterOptions) {
    this.#options = options;
    this.#position = position;
    this.#labels = { shard: String(options.identity.shard) };
  }

  /** Sequence of the last message that is projected or set aside. */
  get position(): number {
    return this.#position;
  }

  /** Why the current batch is not written yet, if it failed before. */
  get failure(): string | undefined {
    return this.#failure;
  }

  /**
   * Writes `items`, which follow the position, and announces them.
   *
   * @throws {ProjectionError} `offset-moved` when somebody else wrote
   */
  async write(items: readonly Item[]): Promise<void> {
    const last = items.at(-1);
    if (!last) return;
    const startedAt = performance.now();
    const commits: Commit[] = [];
    for (const item of items) {
      if (item.kind === "commit") commits.push(item.commit);
      else if (item.kind === "poison") await this.#setAside(item);
    }
    const plan = planBatch(commits);
    const applied = await this.#persist("write a batch", async () => {
      try {
        return await this.#options.store.apply(plan, {
          identity: this.#options.identity,
          after: this.#position,
          upTo: last.sequence,
        });
      } catch (error) {
        if (isDataError(error)) return { refused: error };
        throw error;
      }
    });
    if ("refused" in applied) return await this.#split(items, applied.refused);
    this.#position = last.sequence;
    for (const { sequence } of items) {
      this.#recorded.delete(sequence);
      this.#tries.delete(sequence);
    }
    for (const { group_id, version } of plan.offsets) this.#options.announce(group_id, version);
    for (const gap of [...plan.gaps, ...applied]) {
      this.#reportGap(gap);
    }
    this.#options.metrics.events.inc(this.#labels, plan.events.length);
    this.#options.metrics.batchEvents.observe(this.#labels, plan.events.length);
    this.#options.metrics.batchSeconds.observe(
      this.#labels,
      (performance.now() - startedAt) / 1000,
    );
  }

  #reportGap({ kind, ...gap }: Gap): void {
    const { metrics, log } = this.#options;
    if (kind === "version") {
      metrics.gaps.inc(this.#labels);
      log.error("Group {group_id}: version {found} follows {after}", { ...gap });
    } else {
      metrics.brokenLinks.inc(this.#labels);
      log.error(
        "Group {group_id}: the log was changed at or before version {found}, whose message names other " +
          "bytes before it than those of version {after}; GET /api/v1/audit/verify tells more",
        { ...gap },
      );
    }
  }

  /** Finds what Postgres refuses by writing ever smaller parts, in order. */
  async #split(items: readonly Item[], refusal: unknown): Promise<void> {
    const commits = items.filter((item) => item.kind === "commit");
    const [only] = commits;
    if (!only) throw refusal;
    if (commits.length === 1) {
      const tries = (this.#tries.get(only.sequence) ?? 0) + 1;
      if (await this.#shouldTryAgain(only, { tries, refusal })) return await this.write(items);
      const poison = poisonOf(only.message, refusal, tries);
      await this.write(items.map((item) => item === only ? poison : item));
      return;
    }
    const middle = items.length >> 1;
    await this.write(items.slice(0, middle));
    await this.write(items.slice(middle));
  }

  /** Whether a message that was refused `tries` times gets another try; waits until it is due. */
  async #shouldTryAgain(
    { sequence }: Item,
    { tries, refusal }: { readonly tries: number; readonly refusal: unknown },
  ): Promise<boolean> {
    const { log, metrics, signal } = this.#options;
    const waitMs = mayHeal(refusal) ? nextTryInMs(tries) : undefined;
    if (waitMs === undefined) {
      this.#tries.delete(sequence);
      return false;
    }
    this.#tries.set(sequence, tries);
    this.#failure = `message ${sequence} is refused: ${
      refusal instanceof Error ? refusal.message : refusal
    }`;
    metrics.retries.inc(this.#labels);
    log.warning("Projection: {failure}; try {tries}", { failure: this.#failure, tries });
    await (this.#options.pause ?? pause)(waitMs, signal);
    signal.throwIfAborted();
    return true;
  }

  async #setAside(poison: Poison): Promise<void> {
    if (this.#recorded.has(poison.sequence)) return;
    await this.#persist("record a dead letter", () => this.#options.setAside(poison));
    this.#recorded.add(poison.sequence);
    this.#options.metrics.poison.inc(this.#labels);
    this.#options.log.error("Message {sequence} of {stream} is set aside: {reason}", {
      sequence: poison.sequence,
      stream: this.#options.identity.stream,
      reason: poison.reason,
    });
  }

  /** Tries `action` until it succeeds; errors that trying again cannot heal are thrown. */
  async #persist<T>(what: string, action: () => Promise<T>): Promise<T> {
    const { log, metrics, signal } = this.#options;
    for (let attempt = 0;; attempt++) {
      try {
        const result = await action();
        if (this.#failure !== undefined) log.info("Projection goes on: could {what}", { what });
        this.#failure = undefined;
        return result;
      } catch (error) {
        if (error instanceof ProjectionError || signal.aborted) throw error;
        this.#failure = `cannot ${what}: ${error instanceof Error ? error.message : error}`;
        metrics.retries.inc(this.#labels);
        log.warning("Projection {failure}; attempt {attempt}", {
          failure: this.#failure,
          attempt: attempt + 1,
        });
        await (this.#options.pause ?? pause)(backoffMs(attempt), signal);
        signal.throwIfAborted();
      }
    }
  }
}

/** Doubles from {@link RETRY_MIN_MS} to {@link RETRY_MAX_MS}. */
function backoffMs(attempt: number): number {
  return Math.min(RETRY_MAX_MS, RETRY_MIN_MS * 2 ** Math.min(attempt, 16));
}
