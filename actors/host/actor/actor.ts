/**
 * One actor: takes its commands in mailbox order, decides them in batches, appends each batch as one
 * log message fenced by the actor's last sequence, and answers only what the log has
 * acknowledged. One append is in flight at a time; what arrives meanwhile makes the next batch.
 */
import type { ActorCommand, ActorKind, VersionRange } from "../../kind/mod.ts";
import { encodeCommit, encodeCommitted } from "../../protocol/mod.ts";
import { hashOf, partitionOf } from "../../protocol/routing/mod.ts";
import { ActorBytes } from "./actor_bytes.ts";
import {
  type Batch,
  decideBatch,
  type Decided,
  LogUnreadableError,
  type Waiting,
} from "./batch.ts";
import { advance, ALL_SAVED, type Confirmed, eventsOf, MissingEventsError } from "./confirmed.ts";
import type { ActorLog, LogMessage, SendReply } from "./actor_log.ts";
import type { ActorTimers } from "./actor_timers.ts";
import { catchUp, load } from "./load.ts";
import type { Snapshots } from "./snapshots.ts";

/** What the actors of a kind need from outside, and what they report. */
export interface ActorEnvironment<State, Event extends object, Command extends ActorCommand> {
  readonly kind: ActorKind<State, Event, Command>;
  readonly log: ActorLog;
  /** Absent: actors are always rebuilt from the whole log. */
  readonly snapshots?: Snapshots<State>;
  /** Absent: no timer ever fires. */
  readonly timers?: ActorTimers;
  readonly sendReply: SendReply;
  /** Told of a command whose decision threw: it is answered with an error and passed over. */
  readonly reportPoison: (id: string, waiting: Waiting, error: unknown) => Promise<void>;
  /** Makes an id that no other append, of any host, has. */
  readonly newCommitId: () => string;
  /** Waits before another try at something that failed; `attempt` counts from 0. */
  readonly backoff: (attempt: number) => Promise<void>;
  /** Waits for `ms` milliseconds. */
  readonly pause: (ms: number) => Promise<void>;
  /** Milliseconds of a clock that never goes back; its zero means nothing. */
  readonly monotonicMs: () => number;
  /** Told of failures that are retried. */
  readonly onTrouble: (id: string, what: string, error: unknown) => void;
  readonly onAppend: (result: "stored" | "conflict" | "unknown", commands: number) => void;
  /** Whether the host is giving up: retries end, commands stay in the mailbox for the next owner. */
  readonly isStopping: () => boolean;
}

export class Actor<State, Event extends object, Command extends ActorCommand> {
  readonly id: string;
  readonly #environment: ActorEnvironment<State, Event, Command>;
  readonly #queue: Waiting<Command>[] = [];
  readonly #bytes: ActorBytes<State>;
  readonly #onMoved: () => void;
  #confirmed: Confirmed<State> | undefined;
  #running: Promise<void> | undefined;

  /** @param onMoved called after each batch of commands, once they are answered */
  constructor(
    id: string,
    environment: ActorEnvironment<State, Event, Command>,
    onMoved: () => void = () => {},
  ) {
    this.id = id;
    this.#environment = environment;
    this.#bytes = new ActorBytes(environment.kind);
    this.#onMoved = onMoved;
  }

  /** Estimated bytes that it holds. */
  get bytes(): number {
    return this.#bytes.value;
  }

  /** What it knows of itself, if it has loaded it. */
  get confirmed(): Confirmed<State> | undefined {
    return this.#confirmed;
  }

  /** A snapshot of what it knows is being written. */
  saved(): void {
    if (this.#confirmed) this.#confirmed = { ...this.#confirmed, unsaved: ALL_SAVED };
  }

  /** Whether it has nothing to do, so that it can be passivated without losing anything. */
  get idle(): boolean {
    return this.#running === undefined;
  }

  /** Resolves when everything offered so far is done; `undefined` when idle. */
  get settled(): Promise<void> | undefined {
    return this.#running;
  }

  /** Takes in one command; commands are offered in mailbox order. */
  offer(waiting: Waiting<Command>): void {
    this.#queue.push(waiting);
    this.#running ??= this.#run();
  }

  async #run(): Promise<void> {
    // Lets commands of the same delivery join the first batch.
    await Promise.resolve();
    try {
      for (let attempt = 0; this.#queue.length > 0; attempt++) {
        if (this.#environment.isStopping()) return;
        try {
          await this.#step();
          attempt = -1;
        } catch (error) {
          if (this.#environment.isStopping()) return;
          // Nothing was answered and nothing is lost: start over from what the log holds.
          this.#environment.onTrouble(this.id, "deciding", error);
          this.#confirmed = undefined;
          await this.#environment.backoff(attempt);
        }
      }
    } finally {
      // In the turn in which the queue was seen empty: what is offered next has to start it again.
      this.#running = undefined;
    }
  }

  /**
   * Decides and commits one batch. Its commands stay at the front of the queue until they are answered,
   * so that none is lost or overtaken when it fails, on a conflict, or when others arrive meanwhile.
   */
  async #step(): Promise<void> {
    const { kind, reportPoison } = this.#environment;
    const confirmed = this.#confirmed ??= await this.#load();
    const rules = {
      kind,
      findEvents: (versions: VersionRange) => this.#find(confirmed, versions),
      reportPoison: async (waiting: Waiting, error: unknown) => {
        if (!await this.#isNewest(confirmed)) throw new StaleStateError();
        await reportPoison(this.id, waiting, error);
      },
    };
    const batch = await staleAsUndefined(decideBatch(rules, confirmed, [...this.#queue]));
    const after = batch && await this.#commit(confirmed, batch);
    if (!after) {
      this.#confirmed = await catchUp(this.#environment, confirmed);
      this.#bytes.move(this.#confirmed, 0);
      return;
    }
    this.#confirmed = after;
    this.#queue.splice(0, batch.decided.length);
    for (const decided of batch.decided) this.#answer(decided);
    if (batch.timers.length > 0) await this.#setTimers(batch);
    for (const { waiting } of batch.decided) waiting.finish();
    this.#onMoved();
  }

  /** Makes the batch durable, if there is anything; `undefined` when it was decided on old knowledge. */
  #commit(
    confirmed: Confirmed<State>,
    batch: Batch<State>,
  ): Promise<Confirmed<State> | undefined> {
    return batch.events.length > 0 ? this.#append(confirmed, batch) : this.#vouch(confirmed, batch);
  }

  async #load(): Promise<Confirmed<State>> {
    const loaded = await load(this.#environment, this.id);
    this.#bytes.load(loaded);
    return loaded;
  }

  async #find(confirmed: Confirmed<State>, versions: VersionRange): Promise<Event[]> {
    try {
      return await eventsOf(this.#environment, confirmed, versions);
    } catch (cause) {
      if (cause instanceof MissingEventsError) throw cause;
      throw new LogUnreadableError(`Cannot read the log of ${this.id}`, { cause });
    }
  }

  /** Appends the batch; `undefined` when another writer was first. Ends only with certainty. */
  async #append(
    confirmed: Confirmed<State>,
    batch: Batch<State>,
  ): Promise<Confirmed<State> | undefined> {
    const { kind, log, newCommitId, backoff, onAppend, onTrouble, isStopping } = this.#environment;
    const data = encodeCommit(batch.events);
    const commitId = newCommitId();
    const commands = batch.decided.length;
    const stored = (sequence: number): Confirmed<State> => {
      onAppend("stored", commands);
      const after = advance(confirmed, {
        state: batch.state,
        version: kind.version(batch.state),
        firstVersion: batch.firstVersion,
        sequence,
        mailboxSequence: batch.mailboxSequence,
        hash: hashOf(data),
        bytes: data.length,
      });
      this.#bytes.move(after, data.length);
      return after;
    };
    for (let attempt = 0;; attempt++) {
      const result = await log.append({
        actorId: this.id,
        data,
        commitId,
        mailboxSequence: batch.mailboxSequence,
        expectedSequence: confirmed.sequence,
        ...(confirmed.sequence > 0 && confirmed.hash ? { previousHash: confirmed.hash } : {}),
      });
      if (result.kind === "stored") return stored(result.sequence);
      if (result.kind === "unknown") {
        onAppend("unknown", commands);
        onTrouble(this.id, "appending", result.reason);
      }
      // The leader's last message tells: ours (an acknowledgement was lost), another's, or unchanged.
      const last = await this.#lastWithPatience();
      if (last?.commitId === commitId) return stored(last.sequence);
      if ((last?.sequence ?? 0) !== confirmed.sequence) {
        onAppend("conflict", commands);
        return undefined;
      }
      // The next owner finds the commands in the mailbox and the commit, if it was stored, in the log.
      if (isStopping()) throw new Error("The host is stopping");
      await backoff(attempt);
    }
  }

  async #lastWithPatience(): Promise<LogMessage | undefined> {
    const { log, backoff, onTrouble, isStopping } = this.#environment;
    for (let attempt = 0;; attempt++) {
      try {
        return await log.last(this.id);
      } catch (error) {
        if (isStopping()) throw error;
        onTrouble(this.id, "reading the last message", error);
        await backoff(attempt);
      }
    }
  }

  /**
   * A rejection, or a timer that has no effect, has no write that would catch stale state, so the leader
   * has to confirm that the state it was decided on is the newest; `undefined` when it is not.
   */
  async #vouch(
    confirmed: Confirmed<State>,
    batch: Batch<State>,
  ): Promise<Confirmed<State> | undefined> {
    const needed = ({ answer: { kind } }: Decided) => kind === "rejected" || kind === "ignored";
    if (!batch.decided.some(needed)) return confirmed;
    return await this.#isNewest(confirmed) ? confirmed : undefined;
  }

  /** Whether the leader's last message is the last one of `confirmed`. */
  async #isNewest({ sequence }: Confirmed<State>): Promise<boolean> {
    const last = await this.#environment.log.last(this.id);
    return (last?.sequence ?? 0) === sequence;
  }

  /**
   * Stores the timers that the batch leads to, for as long as it takes: until then its commands stay in the
   * mailbox, where the next owner finds them and does this again.
   */
  async #setTimers({ timers, state }: Batch<State>): Promise<void> {
    const { kind, backoff, onTrouble, isStopping } = this.#environment;
    for (let attempt = 0;; attempt++) {
      try {
        return await this.#environment.timers?.set(this.id, kind.version(state), timers);
      } catch (error) {
        if (isStopping()) throw error;
        onTrouble(this.id, "setting timers", error);
        await backoff(attempt);
      }
    }
  }

  #answer({ waiting: { command, replyTo }, answer }: Decided): void {
    if (replyTo === undefined || answer.kind === "silent" || answer.kind === "ignored") return;
    const { kind, sendReply } = this.#environment;
    const about = {
      command_id: command.command_id,
      [kind.idField]: this.id,
      partition: partitionOf(this.id),
    };
    const { version } = answer;
    const body = answer.kind === "rejected"
      ? JSON.stringify({ ...about, status: "rejected", problem: answer.problem })
      : encodeCommitted({ ...about, version }, answer.events);
    sendReply(replyTo, { outcome: answer.kind, version, body });
  }
}

/** What was to be decided on is not the newest. */
class StaleStateError extends Error {
  override readonly name = "StaleStateError";
}

async function staleAsUndefined<T>(work: Promise<T>): Promise<T | undefined> {
  try {
    return await work;
  } catch (error) {
    if (error instanceof StaleStateError) return undefined;
    throw error;
  }
}
