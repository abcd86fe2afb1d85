/**
 * The log as its server sees it: linearizable, the expected last sequence evaluated at the leader, a
 * window in which a proposal awaits its followers, messages that are stored though their writer never
 * hears of it, followers that lag, and a feed that republishes what is stored.
 */
import type { Append, AppendResult } from "../../actors/host/testing/mod.ts";
import { groupSubject } from "../../actors/protocol/routing/mod.ts";
import type { Environment } from "./environment.ts";

/** A stored commit. */
export interface StoredCommit extends Append {
  readonly sequence: number;
  /** Sequence of the group's message before it, 0 for none. */
  readonly previousSequence: number;
  readonly subject: string;
  /** On the virtual clock. */
  readonly storedAtMs: number;
}

export interface EventLogOptions {
  /** What the leader makes of an append before it looks at it; `newest` is the group's last sequence. */
  readonly atLeader?: (append: Append, newest: number) => Append;
  readonly onStored: (commit: StoredCommit) => void;
}

/** Names the log, which is never made anew. */
export const INCARNATION = "e1";
/** How far followers are mostly behind the leader at most; at times ten times as far. */
const MAX_LAG_MS = 200;

export class EventLog {
  readonly messages: StoredCommit[] = [];
  readonly #byGroup = new Map<string, StoredCommit[]>();
  readonly #proposed = new Set<string>();
  readonly #environment: Environment;
  readonly #options: EventLogOptions;

  constructor(environment: Environment, options: EventLogOptions) {
    this.#environment = environment;
    this.#options = options;
  }

  /** The group's messages as the leader has them. */
  of(groupId: string): readonly StoredCommit[] {
    return this.#byGroup.get(groupId) ?? [];
  }

  /** The group's messages as some follower has them: the newest may be missing. */
  asSomeFollower(groupId: string): readonly StoredCommit[] {
    const { clock, faults, random } = this.#environment;
    const lagMs = faults.isHealed || random.chance(0.6)
      ? 0
      : random.next() * random.pick([MAX_LAG_MS, 10 * MAX_LAG_MS]);
    return this.of(groupId).filter(({ storedAtMs }) => storedAtMs <= clock.nowMs - lagMs);
  }

  /** Takes an append that has arrived; answers once it is decided, or never. */
  append(wanted: Append, answer: (result: AppendResult) => void): void {
    const { clock, faults, random } = this.#environment;
    const { actorId: groupId } = wanted;
    const newest = this.of(groupId).at(-1)?.sequence ?? 0;
    const append = this.#options.atLeader?.(wanted, newest) ?? wanted;
    if (random.chance(faults.rates.refusal)) {
      return answer({ kind: "unknown", reason: "the stream is overloaded" });
    }
    if (append.expectedSequence !== newest) return answer({ kind: "conflict" });
    if (this.#proposed.has(groupId)) {
      return answer({ kind: "unknown", reason: "another message of the subject is in flight" });
    }
    this.#proposed.add(groupId);
    clock.after(random.between(0.1, random.chance(0.1) ? 60 : 1), () => {
      this.#proposed.delete(groupId);
      if (random.chance(faults.rates.forget)) {
        if (random.chance(0.5)) answer({ kind: "unknown", reason: "the leader has changed" });
        return;
      }
      answer({ kind: "stored", sequence: this.#store(append).sequence });
    });
  }

  #store(append: Append): StoredCommit {
    const known = this.#byGroup.get(append.actorId) ?? [];
    this.#byGroup.set(append.actorId, known);
    const commit = {
      ...append,
      sequence: this.messages.length + 1,
      previousSequence: known.at(-1)?.sequence ?? 0,
      subject: groupSubject("event", append.actorId),
      storedAtMs: this.#environment.clock.nowMs,
    };
    this.messages.push(commit);
    known.push(commit);
    this.#environment.note(
      "log",
      `${commit.sequence} of ${append.actorId} covers ${append.mailboxSequence}`,
    );
    this.#options.onStored(commit);
    return commit;
  }
}
