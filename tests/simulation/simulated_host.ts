/**
 * A group host in the simulation: the real actors, mailbox, blocks, membership and ownership rules. What
 * the product's shell does with them over NATS (owner, shard, stores) is done here over the fakes.
 */
import {
  Actors,
  Block,
  decideMoves,
  type GroupEnvironment,
  Mailbox,
  Membership,
  type Presence,
  REPORT_EVERY_MS,
  type Take,
} from "../../actors/host/testing/mod.ts";
import { BLOCKS } from "../../actors/protocol/routing/mod.ts";
import type { CommandChecks } from "./command_checks.ts";
import { type CursorBucket, HostCursors, type SavedCursor } from "./cursor_bucket.ts";
import type { Environment } from "./environment.ts";
import type { EventLog } from "./event_log.ts";
import { hostLog } from "./host_log.ts";
import { mailboxFetcher, mailboxReader } from "./mailbox_reader.ts";
import { type MailboxStream, TICK_SUBJECT } from "./mailbox_stream.ts";
import { Process } from "./process.ts";
import type { ReportBus } from "./report_bus.ts";
import type { Sabotage } from "./sabotage.ts";
import { hostSnapshots, type SnapshotBucket } from "./snapshot_bucket.ts";
import { hostTimers, type TimerStore } from "./timer_store.ts";
import { groupKind, type GroupState } from "../../actors/group/mod.ts";
import { type GroupEvent, type MailboxCommand } from "../../actors/protocol/mod.ts";

/** What all hosts share. */
export interface HostWorld {
  readonly environment: Environment;
  readonly log: EventLog;
  readonly mailbox: MailboxStream;
  readonly cursors: CursorBucket;
  readonly snapshots: SnapshotBucket;
  readonly timers: TimerStore;
  readonly bus: ReportBus;
  readonly checks: CommandChecks;
  readonly sabotage: Sabotage;
  /** Carries an answer to whoever waits at `replyTo`. */
  readonly deliverReply: (replyTo: string, body: string) => void;
}

interface Owned {
  readonly block: Block;
  saved: SavedCursor;
}

const DECIDE_EVERY_MS = 200;
const SAVE_EVERY_MS = 500;
const PURGE_EVERY_MS = 2_500;
const GIVE_MS = 2_000;
const TRY_AGAIN_MS = 250;

export class SimulatedHost {
  readonly process: Process;
  readonly #world: HostWorld;
  readonly #actors: Actors<GroupState, GroupEvent, MailboxCommand>;
  readonly #mailbox: Mailbox;
  readonly #cursors: HostCursors;
  readonly #membership: Membership;
  readonly #owned = new Map<number, Owned>();
  /** Blocks that were given away with commands still pending. */
  readonly #lingering = new Map<number, Block>();
  readonly #moving = new Set<number>();
  #takeAgainAtMs = 0;
  /** Owns everything whatever the others say. */
  forceAll = false;
  #draining = false;

  constructor(name: string, world: HostWorld, onCrash: () => void) {
    const { environment, bus, mailbox, cursors } = world;
    this.#world = world;
    this.process = new Process(name, environment, () => {
      bus.leave(this);
      onCrash();
    });
    this.#membership = new Membership(name, environment.clock.nowMs);
    this.#cursors = new HostCursors(this.process, cursors);
    this.#actors = new Actors(this.#actorEnvironment(), {
      maxActorBytes: environment.random.pick([1, 50_000, 1e9]),
      idleMs: 3_000,
      snapshotEvery: environment.random.pick([1, 3, 1_000]),
    });
    this.#mailbox = new Mailbox({
      read: mailboxReader(this.process, environment, mailbox),
      fetch: mailboxFetcher(this.process, environment, mailbox),
      pause: (ms) => this.process.sleep(ms),
      laneLimits: { maxCommands: environment.random.pick([1, 2, 5, 1_000]), maxBytes: 1e9 },
      stream: "CMD-0",
      blocksInStream: BLOCKS,
      tickSubject: TICK_SUBJECT,
      inboxes: new Map([[groupKind.name, this.#actors]]),
      setAside: ({ sequence, error }) => {
        environment.violate("no poison", `entry ${sequence} is no command: ${error}`);
        return Promise.resolve();
      },
    });
    bus.join(this);
    void this.process.every(REPORT_EVERY_MS, () => Promise.resolve(this.#report()));
    void this.process.every(DECIDE_EVERY_MS, () => Promise.resolve(this.#decide()));
    void this.process.every(SAVE_EVERY_MS, () => this.#saveAll());
    void this.process.every(PURGE_EVERY_MS, () => this.#purge());
    this.#report();
  }

  /** Numbers of the blocks it owns. */
  get owned(): ReadonlySet<number> {
    return new Set(this.#owned.keys());
  }

  get isDraining(): boolean {
    return this.#draining;
  }

  /** Gives everything away, to stop afterwards. */
  drain(): void {
    this.#note("drains");
    this.#draining = true;
    this.#report();
  }

  hear(presence: Presence): void {
    this.#membership.hear(presence, this.#nowMs);
  }

  get #nowMs(): number {
    return this.#world.environment.clock.nowMs;
  }

  #report(): void {
    const { process } = this;
    const presence = { hostId: process.name, draining: this.#draining, blocks: this.owned };
    this.#world.bus.report(process, presence);
  }

  #decide(): void {
    this.#actors.passivate();
    const { take, give } = decideMoves(this.#membership.view(this.#nowMs), {
      hostId: this.process.name,
      draining: this.#draining,
      forceAll: this.forceAll,
      owned: this.owned,
      moving: this.#moving,
    });
    if (give.length > 0) void this.#give(give);
    if (take.length > 0 && this.#nowMs >= this.#takeAgainAtMs) void this.#take(take);
  }

  async #take(takes: readonly Take[]): Promise<void> {
    const { mailbox } = this.#world;
    const numbers = takes.map(({ block }) => block);
    for (const number of numbers) this.#moving.add(number);
    try {
      const cursors = await this.#cursors.read(numbers.filter((number) => mailbox.uses(number)));
      await Promise.all(numbers.map((number) => this.#lingering.get(number)?.idle()));
      const owned = numbers.map((number): Owned => {
        // Nothing will ever be sent to a block that is not used.
        const saved = cursors.get(number) ?? { sequence: mailbox.lastSequence, revision: 0 };
        return { block: new Block(number, saved.sequence), saved };
      });
      await this.#mailbox.add(owned.map(({ block }) => block));
      for (const each of owned) {
        const { number, cursor } = each.block;
        this.#lingering.delete(number);
        this.#owned.set(number, each);
        if (mailbox.uses(number)) this.#note(`takes block ${number} after ${cursor}`);
      }
    } catch (error) {
      this.#takeAgainAtMs = this.#nowMs + TRY_AGAIN_MS;
      this.#trouble("taking blocks", error);
    } finally {
      for (const number of numbers) this.#moving.delete(number);
    }
    this.#report();
  }

  async #give(numbers: readonly number[]): Promise<void> {
    for (const number of numbers) this.#moving.add(number);
    const given = numbers.flatMap((number) => this.#owned.get(number) ?? []);
    this.#mailbox.remove(given.map(({ block }) => block));
    await Promise.all(given.map(async (owned) => {
      const { block } = owned;
      await Promise.race([block.idle(), this.process.sleep(GIVE_MS)]);
      if (block.pending > 0) this.#lingering.set(block.number, block);
      await this.#save(owned).catch((error: unknown) => this.#trouble("saving", error));
      this.#owned.delete(block.number);
      this.#moving.delete(block.number);
      if (this.#world.mailbox.uses(block.number)) this.#note(`gives block ${block.number}`);
    }));
    this.#report();
  }

  async #saveAll(): Promise<void> {
    await Promise.all(
      [...this.#owned.values()].map((owned) =>
        this.#save(owned).catch((error: unknown) => this.#trouble("saving", error))
      ),
    );
  }

  async #save(owned: Owned): Promise<void> {
    const { mailbox, sabotage } = this.#world;
    const { block, saved } = owned;
    const cursor = sabotage.cursor?.(block) ?? block.cursor;
    if (!mailbox.uses(block.number) || cursor <= saved.sequence) return;
    owned.saved = await this.#cursors.save(block.number, cursor, saved);
    this.#note(`has saved cursor ${cursor} of block ${block.number}`);
  }

  /** The owner of the first block purges for all, and tells all how far the stream has got. */
  async #purge(): Promise<void> {
    const { checks, environment, mailbox } = this.#world;
    if (!this.#owned.has(0)) return;
    try {
      const cursors = await this.#cursors.read(mailbox.blocks);
      const done = Math.min(...[...cursors.values()].map(({ sequence }) => sequence));
      checks.purged(done, this.process.name);
      mailbox.purge(done);
      mailbox.tick(environment.wallMs);
    } catch (error) {
      this.#trouble("purging", error);
    }
  }

  #actorEnvironment(): GroupEnvironment {
    const { environment, log, checks, deliverReply, sabotage, snapshots, timers } = this.#world;
    const { process } = this;
    const plain = hostLog(process, environment, log);
    return {
      kind: groupKind,
      log: sabotage.hostLog?.(plain) ?? plain,
      snapshots: hostSnapshots(process, environment, snapshots, plain),
      timers: hostTimers(process, timers),
      sendReply: (replyTo, { body }) => {
        if (!process.reach("reply")) return;
        process.enter(() => {
          checks.replySent(replyTo, process.name, body);
          const ms = process.isCut ? undefined : environment.travelMs();
          if (ms !== undefined) environment.clock.after(ms, () => deliverReply(replyTo, body));
        });
      },
      reportPoison: (_id, { sequence }, error) => {
        environment.violate("no poison", `entry ${sequence} cannot be decided: ${error}`);
        return Promise.resolve();
      },
      newCommitId: () => environment.random.uuid(environment.wallMs),
      backoff: (attempt) =>
        process.sleep(Math.min(1_000, 50 * 2 ** attempt) * environment.random.next()),
      pause: (ms) => process.sleep(ms),
      monotonicMs: () => environment.clock.nowMs,
      onTrouble: (groupId, what, error) => this.#trouble(`${what} ${groupId}`, error),
      onAppend: (result, commands) => this.#note(`append ${result}, ${commands} commands`),
      isStopping: () => false,
    };
  }

  #note(what: string): void {
    this.#world.environment.note(this.process.name, what);
  }

  #trouble(what: string, error: unknown): void {
    this.#note(`trouble ${what}: ${error instanceof Error ? error.message : error}`);
  }
}
