/**
 * The log, its republished feed and the snapshots as a streamer sees them: reads from followers that lag, and
 * messages that arrive late, twice, or never; but in order, as on one connection.
 */
import { UnusableSnapshotError } from "../../actors/protocol/snapshot/mod.ts";
import type { GroupLog, LogPage, PageLimits } from "../../actors/stream/mod.ts";
import type { Environment } from "./environment.ts";
import { type EventLog, INCARNATION, type StoredCommit } from "./event_log.ts";
import type { Process } from "./process.ts";
import type { SnapshotBucket } from "./snapshot_bucket.ts";

const TIMEOUT_MS = 1_000;

type Deliver = Parameters<GroupLog["follow"]>[1];

interface Follower {
  readonly process: Process;
  readonly groupId: string;
  readonly deliver: Deliver;
  /** When the last message arrives that was sent: none overtakes it. */
  arrivesAtMs: number;
}

export class SimulatedFeed {
  readonly #environment: Environment;
  readonly #log: EventLog;
  readonly #snapshots: SnapshotBucket;
  readonly #followers = new Set<Follower>();

  constructor(environment: Environment, log: EventLog, snapshots: SnapshotBucket) {
    this.#environment = environment;
    this.#log = log;
    this.#snapshots = snapshots;
  }

  /** Sends a stored commit to everybody who follows its group. */
  republish(commit: StoredCommit): void {
    const { faults, random } = this.#environment;
    for (const follower of this.#followers) {
      const { process, groupId } = follower;
      if (groupId !== commit.actorId || process.isCut) continue;
      if (random.chance(faults.rates.feedLoss)) continue;
      this.#send(follower, commit);
      if (random.chance(faults.rates.feedTwin)) this.#send(follower, commit);
    }
  }

  /** The log for the streamer of `process`. */
  logFor(process: Process): GroupLog {
    const ask = async <T>(name: string, look: () => T): Promise<T> => {
      const { faults, random } = this.#environment;
      const answer = await process.call<{ readonly value: T } | undefined>({
        name,
        timeoutMs: TIMEOUT_MS,
        perform: (reply) =>
          reply(random.chance(faults.rates.refusal) ? undefined : { value: look() }),
        lost: () => undefined,
      });
      if (!answer) throw new Error("The log does not answer");
      return answer.value;
    };
    return {
      follow: (groupId, deliver) =>
        ask("follow", () => {
          const follower = { process, groupId, deliver, arrivesAtMs: 0 };
          this.#followers.add(follower);
          return () => void this.#followers.delete(follower);
        }),
      read: (groupId, from, limits) => ask("page", () => this.#page(groupId, from, limits)),
      snapshot: async (groupId) => {
        const stored = await ask("snapshot", () => this.#snapshots.read(groupId));
        if (stored === "damaged") throw new UnusableSnapshotError("corrupt", "Damaged");
        return stored;
      },
      incarnation: () => ask("incarnation", () => INCARNATION),
      newest: (groupId) => ask("newest", () => this.#log.of(groupId).at(-1)?.sequence ?? 0),
      epoch: () => ask("epoch", () => "e1"),
    };
  }

  /** Forgets what a process that is no more has followed. */
  forget(process: Process): void {
    for (const follower of this.#followers) {
      if (follower.process === process) this.#followers.delete(follower);
    }
  }

  #send(follower: Follower, { sequence, previousSequence, data }: StoredCommit): void {
    const { clock } = this.#environment;
    const ms = this.#environment.travelMs();
    if (ms === undefined) return;
    follower.arrivesAtMs = Math.max(follower.arrivesAtMs + 0.001, clock.nowMs + ms);
    follower.process.after(follower.arrivesAtMs - clock.nowMs, () => {
      if (this.#followers.has(follower)) {
        follower.deliver({ sequence, previousSequence, bytes: data });
      }
    });
  }

  #page(groupId: string, from: number, limits: PageLimits): LogPage {
    const later = this.#log.asSomeFollower(groupId).filter(({ sequence }) => sequence >= from);
    let sizeBytes = 0;
    const fitting = later.slice(0, limits.maxMessages).filter(({ data }, index) => {
      sizeBytes += data.length;
      return index === 0 || sizeBytes <= limits.maxBytes;
    });
    return {
      messages: fitting.map(({ sequence, data }) => ({ sequence, bytes: data })),
      complete: fitting.length === later.length,
    };
  }
}
