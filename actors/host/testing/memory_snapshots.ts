/** A snapshot store in memory, for tests: what it keeps can be damaged, and it can fail. */
import type { SnapshotHead, StoredSnapshot } from "../../protocol/snapshot/mod.ts";
import type { SnapshotStore } from "../actor/mod.ts";

export class MemorySnapshots implements SnapshotStore {
  /** By actor. */
  readonly kept = new Map<string, StoredSnapshot>();
  /** Thrown instead of reading or writing while set. */
  failure: Error | undefined;
  /** Longest body that is kept. */
  maxChars = Infinity;

  read(id: string): Promise<StoredSnapshot | undefined> {
    if (this.failure) return Promise.reject(this.failure);
    return Promise.resolve(this.kept.get(id));
  }

  write(
    id: string,
    { head, body }: { readonly head: SnapshotHead; readonly body: Iterable<string> },
  ): Promise<"stored" | "too-large"> {
    if (this.failure) return Promise.reject(this.failure);
    const text = [...body].join("");
    if (text.length > this.maxChars) return Promise.resolve("too-large");
    this.kept.set(id, { head, body: text });
    return Promise.resolve("stored");
  }
}
