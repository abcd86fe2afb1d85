/**
 * A log in memory with the semantics of the real one, for tests: expectations are checked where the
 * message is stored, acknowledgements can be lost, other writers can get in between.
 */
import type { ActorLog, Append, AppendResult, LogMessage } from "../actor/mod.ts";

/** What happens to the next append: see each member. */
export type Fault =
  /** Stored, but the acknowledgement never arrives. */
  | "lose-acknowledgement"
  /** Not stored, and no answer arrives. */
  | "lose-message";

export class MemoryLog implements ActorLog {
  readonly messages: (LogMessage & { readonly actorId: string })[] = [];
  /** Faults for the appends to come, first one first. */
  readonly faults: Fault[] = [];
  /** Called before each append is evaluated, so that a test can let another writer in. */
  beforeAppend: (append: Append) => void = () => {};
  appends = 0;
  name = "memory-log";

  append(append: Append): Promise<AppendResult> {
    this.appends++;
    this.beforeAppend(append);
    const fault = this.faults.shift();
    if (fault === "lose-message") {
      return Promise.resolve({ kind: "unknown", reason: "timeout" });
    }
    const result = this.#store(append);
    return Promise.resolve(
      fault === "lose-acknowledgement" ? { kind: "unknown", reason: "timeout" } : result,
    );
  }

  #store(append: Append): AppendResult {
    if (this.#lastOf(append.actorId)?.sequence !== (append.expectedSequence || undefined)) {
      return { kind: "conflict" };
    }
    const sequence = this.messages.length + 1;
    this.messages.push({ ...append, sequence });
    return { kind: "stored", sequence };
  }

  #lastOf(id: string) {
    return this.messages.findLast(({ actorId }) => actorId === id);
  }

  last(id: string): Promise<LogMessage | undefined> {
    return Promise.resolve(this.#lastOf(id));
  }

  async *read(id: string, from: number): AsyncIterable<LogMessage> {
    for (const message of [...this.messages]) {
      await Promise.resolve();
      if (message.actorId === id && message.sequence >= from) yield message;
    }
  }

  incarnation(): Promise<string> {
    return Promise.resolve(this.name);
  }
}
