/**
 * The saved cursors: a key-value bucket that takes a value only over the one its writer knows, and whose
 * readers may get a value that is no longer the newest.
 */
import type { Environment } from "./environment.ts";
import type { Process } from "./process.ts";

/** A cursor as it was saved, and which write of the bucket it was. */
export interface SavedCursor {
  readonly sequence: number;
  readonly revision: number;
}

const NONE: SavedCursor = { sequence: 0, revision: 0 };
const TIMEOUT_MS = 1_000;

export class CursorBucket {
  /** Every value saved for a block, oldest first. */
  readonly #history = new Map<number, SavedCursor[]>();
  readonly #environment: Environment;
  readonly #onSaved: (block: number, cursor: number, host: string) => void;

  constructor(
    environment: Environment,
    onSaved: (block: number, cursor: number, host: string) => void,
  ) {
    this.#environment = environment;
    this.#onSaved = onSaved;
  }

  /** The cursor as the leader has it. */
  newest(block: number): SavedCursor {
    return this.#history.get(block)?.at(-1) ?? NONE;
  }

  /** The cursor as some replica has it. */
  read(block: number): SavedCursor {
    const { faults, random } = this.#environment;
    const history = this.#history.get(block) ?? [];
    const age = faults.isHealed || random.chance(0.7) ? 0 : random.int(4);
    return history[history.length - 1 - age] ?? NONE;
  }

  /** Saves a cursor if the newest write is still `known`; `undefined` when it is not. */
  save(
    block: number,
    sequence: number,
    known: SavedCursor & { readonly host: string },
  ): SavedCursor | undefined {
    const newest = this.newest(block);
    if (newest.revision !== known.revision) return undefined;
    this.#onSaved(block, sequence, known.host);
    const saved = { sequence, revision: newest.revision + 1 };
    this.#history.set(block, [...this.#history.get(block) ?? [], saved]);
    return saved;
  }
}

/** The cursors as the host of `process` reads and saves them. */
export class HostCursors {
  readonly #process: Process;
  readonly #bucket: CursorBucket;

  constructor(process: Process, bucket: CursorBucket) {
    this.#process = process;
    this.#bucket = bucket;
  }

  /** @throws {Error} when the bucket does not answer */
  async read(blocks: readonly number[]): Promise<ReadonlyMap<number, SavedCursor>> {
    return await this.#ask(
      "cursor-read",
      () => new Map(blocks.map((block) => [block, this.#bucket.read(block)])),
    );
  }

  /** Saves over `known`, or over what another host has saved meanwhile if that is further back. */
  async save(block: number, sequence: number, known: SavedCursor): Promise<SavedCursor> {
    let before = known;
    while (before.sequence < sequence) {
      const over = { ...before, host: this.#process.name };
      const saved = await this.#ask("cursor-save", () => this.#bucket.save(block, sequence, over));
      if (saved) return saved;
      const present = await this.#ask("cursor-read", () => this.#bucket.read(block));
      if (present.revision === before.revision) throw new Error("The cursors' replica lags");
      before = present;
    }
    return before;
  }

  async #ask<T>(name: string, look: () => T): Promise<T> {
    const answer = await this.#process.call<{ readonly value: T } | undefined>({
      name,
      timeoutMs: TIMEOUT_MS,
      perform: (reply) => reply({ value: look() }),
      lost: () => undefined,
    });
    if (!answer) throw new Error("The cursors cannot be reached");
    return answer.value;
  }
}
