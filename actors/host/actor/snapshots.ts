/**
 * Reads and writes the snapshots of a host's actors of one kind. Whatever goes wrong with one costs time, never
 * correctness, so nothing here fails: it is reported, and the log is used. Writing never holds up a
 * command: it begins in a turn of its own, few are under way at once, and what is too much is dropped.
 */
import type { Confirmed } from "./confirmed.ts";
import type { ActorLog } from "./actor_log.ts";
import { type Fault, UnusableSnapshotError } from "../../protocol/snapshot/mod.ts";
import {
  bodyOf,
  confirmedOf,
  schemaOfKind,
  type SnapshotKind,
  type SnapshotStore,
} from "./snapshot.ts";

/** How a read ended; `newer` and `history` are found out later and come after a `found`. */
export type SnapshotRead = "found" | "none" | "unreadable" | Fault;
/** How a write ended; `dropped`: too many others were waiting. */
export type SnapshotWrite = "stored" | "too-large" | "failed" | "dropped";

export interface SnapshotsOptions<State> {
  readonly kind: SnapshotKind<State>;
  readonly store: SnapshotStore;
  readonly log: Pick<ActorLog, "incarnation">;
  /** Lets everything else that is ready go first. */
  readonly giveWay: () => Promise<void>;
  readonly onRead: (result: SnapshotRead, about: About) => void;
  readonly onWrite: (result: SnapshotWrite, about: About) => void;
}

export interface About {
  readonly actorId: string;
  readonly error?: unknown;
}

const MAX_WRITING = 2;
/** What waits keeps its state in memory. */
const MAX_WAITING = 256;

export class Snapshots<State> {
  readonly #options: SnapshotsOptions<State>;
  /** States to be written, by actor: a newer one takes the place of an older one. */
  readonly #waiting = new Map<string, Confirmed<State>>();
  readonly #writers = new Set<Promise<void>>();

  constructor(options: SnapshotsOptions<State>) {
    this.#options = options;
  }

  /** What the newest usable snapshot of the actor says; `undefined` when the log has to tell. */
  async read(actorId: string): Promise<Confirmed<State> | undefined> {
    const { kind, store, log, onRead } = this.#options;
    try {
      const [stored, incarnation] = await Promise.all([
        store.read(actorId),
        log.incarnation(actorId),
      ]);
      const confirmed = stored && confirmedOf(kind, stored, { id: actorId, log: incarnation });
      onRead(confirmed ? "found" : "none", { actorId });
      return confirmed;
    } catch (error) {
      this.ignore(actorId, error);
      return undefined;
    }
  }

  /** Reports a snapshot that is not used because of `error`. */
  ignore(actorId: string, error: unknown): void {
    const result = error instanceof UnusableSnapshotError ? error.fault : "unreadable";
    this.#options.onRead(result, { actorId, error });
  }

  /** Takes a state to be written when there is time; `false` when too many others wait. */
  offer(confirmed: Confirmed<State>): boolean {
    const { id } = confirmed;
    if (this.#waiting.size >= MAX_WAITING && !this.#waiting.has(id)) {
      this.#options.onWrite("dropped", { actorId: id });
      return false;
    }
    this.#waiting.set(id, confirmed);
    if (this.#writers.size < MAX_WRITING) this.#startWriter();
    return true;
  }

  /** Resolves when nothing is being written and nothing waits. */
  async settle(): Promise<void> {
    while (this.#writers.size > 0) await Promise.all(this.#writers);
  }

  #startWriter(): void {
    const writer = this.#writeAll().finally(() => {
      this.#writers.delete(writer);
      // Offered after the writer had seen that nothing waits.
      if (this.#waiting.size > 0) this.#startWriter();
    });
    this.#writers.add(writer);
  }

  async #writeAll(): Promise<void> {
    for (;;) {
      await this.#options.giveWay();
      const [next] = this.#waiting;
      if (!next) return;
      const [id, confirmed] = next;
      this.#waiting.delete(id);
      await this.#write(confirmed);
    }
  }

  async #write(confirmed: Confirmed<State>): Promise<void> {
    const { kind, store, log, onWrite } = this.#options;
    const { id, version, sequence, hash, mailboxSequence } = confirmed;
    try {
      if (!hash) throw new TypeError(`Cannot write a snapshot of ${id}: it has no commits`);
      const head = {
        schema: schemaOfKind(kind),
        log: await log.incarnation(id),
        version,
        sequence,
        hash,
        mailboxSequence,
      };
      onWrite(await store.write(id, { head, body: bodyOf(kind, confirmed) }), { actorId: id });
    } catch (error) {
      onWrite("failed", { actorId: id, error });
    }
  }
}
