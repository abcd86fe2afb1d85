/**
 * A log in memory with the real one's semantics: a feed that may lose messages, reads that take time. Snapshots
 * are made when a test asks for one.
 */
import type { StoredSnapshot } from "../../protocol/snapshot/mod.ts";
import type { RawCommit } from "../commit.ts";
import type { GroupLog, LogPage, PageLimits } from "../group_log.ts";
import { snapshotAfter } from "./memory_snapshots.ts";

export class MemoryLog implements GroupLog {
  readonly #messages = new Map<string, RawCommit[]>();
  readonly #followers = new Map<string, Set<(message: RawCommit) => void>>();
  #sequence = 0;
  /** Another one after the log was made anew. */
  #epoch = "e1";
  /** The newest snapshot of each group; a test may damage it. */
  readonly snapshots = new Map<string, StoredSnapshot>();
  /** How many reads fail before the next one works. */
  failures = 0;
  /** Messages that reads do not see yet, as on a replica that lags. */
  hidden = 0;
  reads = 0;

  /** Appends a commit; the feed gets it unless `lost`. */
  append(groupId: string, bytes: Uint8Array, options: { readonly lost?: boolean } = {}): RawCommit {
    const messages = this.#messages.get(groupId) ?? [];
    this.#messages.set(groupId, messages);
    const previousSequence = messages.at(-1)?.sequence ?? 0;
    const message = { sequence: ++this.#sequence, previousSequence, bytes };
    messages.push(message);
    if (!options.lost) this.deliver(groupId, message);
    return message;
  }

  /** Sends a message to whoever follows the group. */
  deliver(groupId: string, message: RawCommit): void {
    for (const follower of this.#followers.get(groupId) ?? []) follower(message);
  }

  /** Loses everything, as when the stream is deleted and made anew. */
  recreate(): void {
    this.#messages.clear();
    this.#sequence = 0;
    this.#epoch += "x";
  }

  /** Stores a snapshot of a group as it was after the first `commits` commits of its log; default all. */
  save(groupId: string, commits = Infinity): void {
    const messages = this.#messages.get(groupId)?.slice(0, commits) ?? [];
    this.snapshots.set(groupId, snapshotAfter(groupId, messages, this.#epoch));
  }

  /** How many attachments there are. */
  get followers(): number {
    return [...this.#followers.values()].reduce((sum, { size }) => sum + size, 0);
  }

  async follow(groupId: string, deliver: (message: RawCommit) => void): Promise<() => void> {
    await this.#delay();
    const followers = this.#followers.get(groupId) ?? new Set();
    this.#followers.set(groupId, followers.add(deliver));
    return () => void followers.delete(deliver);
  }

  async read(groupId: string, from: number, limits: PageLimits): Promise<LogPage> {
    await this.#delay();
    const all = this.#messages.get(groupId) ?? [];
    const seen = all.slice(0, all.length - this.hidden);
    const later = seen.filter(({ sequence }) => sequence >= from);
    const messages: RawCommit[] = [];
    let sizeBytes = 0;
    for (const message of later) {
      sizeBytes += message.bytes.length;
      if (messages.length > 0 && sizeBytes > limits.maxBytes) break;
      messages.push(message);
      if (messages.length >= limits.maxMessages) break;
    }
    await this.#delay();
    return { messages, complete: messages.length === later.length };
  }

  async newest(groupId: string): Promise<number> {
    await this.#delay();
    return this.#messages.get(groupId)?.at(-1)?.sequence ?? 0;
  }

  async epoch(): Promise<string> {
    await this.#delay();
    return this.#epoch;
  }

  async snapshot(groupId: string): Promise<StoredSnapshot | undefined> {
    await this.#delay();
    return this.snapshots.get(groupId);
  }

  async incarnation(): Promise<string> {
    await this.#delay();
    return this.#epoch;
  }

  async #delay(): Promise<void> {
    this.reads++;
    await Promise.resolve();
    if (this.failures > 0) {
      this.failures--;
      throw new Error("The log does not answer");
    }
  }
}
