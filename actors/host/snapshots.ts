/**
 * Reads and writes the snapshots of a host's groups. Whatever goes wrong with one costs time, never
 * correctness, so nothing here fails: it is reported, and the log is used. Writing never holds up a
 * command: it begins in a turn of its own, few are under way at once, and what is too much is dropped.
 */
import type { Confirmed } from "./confirmed.ts";
import type { GroupLog } from "./group_log.ts";
import {
  bodyOf,
  confirmedOf,
  type Fault,
  type SnapshotStore,
  UnusableSnapshotError,
} from "./snapshot.ts";

/** How a read ended; `newer` and `history` are found out later and come after a `found`. */
export type SnapshotRead = "found" | "none" | "unreadable" | Fault;
/** How a write ended; `dropped`: too many others were waiting. */
export type SnapshotWrite = "stored" | "too-large" | "failed" | "dropped";

export interface SnapshotsOptions {
  readonly store: SnapshotStore;
  readonly log: Pick<GroupLog, "incarnation">;
  /** Which fold this host runs: see `snapshotSchema`. */
  readonly schema: string;
  /** Lets everything else that is ready go first. */
  readonly giveWay: () => Promise<void>;
  readonly onRead: (result: SnapshotRead, about: About) => void;
  readonly onWrite: (result: SnapshotWrite, about: About) => void;
}

export interface About {
  readonly groupId: string;
  readonly error?: unknown;
}

const MAX_WRITING = 2;
/** What waits keeps its state in memory. */
const MAX_WAITING = 256;

export class Snapshots {
  readonly #options: SnapshotsOptions;
  /** States to be written, by group: a newer one takes the place of an older one. */
  readonly #waiting = new Map<string, Confirmed>();
  readonly #writers = new Set<Promise<void>>();

  constructor(options: SnapshotsOptions) {
    this.#options = options;
  }

  /** What the newest usable snapshot of the group says; `undefined` when the log has to tell. */
  async read(groupId: string): Promise<Confirmed | undefined> {
    const { store, log, schema, onRead } = this.#options;
    try {
      const [stored, incarnation] = await Promise.all([
        store.read(groupId),
        log.incarnation(groupId),
      ]);
      const confirmed = stored && confirmedOf(stored, { groupId, schema, log: incarnation });
      onRead(confirmed ? "found" : "none", { groupId });
      return confirmed;
    } catch (error) {
      this.ignore(groupId, error);
      return undefined;
    }
  }

  /** Reports a snapshot that is not used because of `error`. */
  ignore(groupId: string, error: unknown): void {
    const result = error instanceof UnusableSnapshotError ? error.fault : "unreadable";
    this.#options.onRead(result, { groupId, error });
  }

  /** Takes a state to be written when there is time; `false` when too many others wait. */
  offer(confirmed: Confirmed): boolean {
    const groupId = confirmed.state.id;
    if (this.#waiting.size >= MAX_WAITING && !this.#waiting.has(groupId)) {
      this.#options.onWrite("dropped", { groupId });
      return false;
    }
    this.#waiting.set(groupId, confirmed);
    if (this.#writers.size < MAX_WRITING) {
      const writer = this.#writeAll().finally(() => this.#writers.delete(writer));
      this.#writers.add(writer);
    }
    return true;
  }

  /** Resolves when nothing is being written and nothing waits. */
  async settle(): Promise<void> {
    while (this.#writers.size > 0) await Promise.all(this.#writers);
  }

  async #writeAll(): Promise<void> {
    for (;;) {
      await this.#options.giveWay();
      const [next] = this.#waiting;
      if (!next) return;
      const [groupId, confirmed] = next;
      this.#waiting.delete(groupId);
      await this.#write(groupId, confirmed);
    }
  }

  async #write(groupId: string, confirmed: Confirmed): Promise<void> {
    const { store, log, schema, onWrite } = this.#options;
    const { state, sequence, hash, mailboxSequence } = confirmed;
    try {
      if (!hash) throw new TypeError(`Cannot write a snapshot of ${groupId}: it has no commits`);
      const head = {
        schema,
        log: await log.incarnation(groupId),
        version: state.version,
        sequence,
        hash,
        mailboxSequence,
      };
      onWrite(await store.write(groupId, { head, body: bodyOf(confirmed) }), { groupId });
    } catch (error) {
      onWrite("failed", { groupId, error });
    }
  }
}
