/**
 * A group host in the simulation: the real actors, blocks, membership and ownership; the connection to
 * the broker, which the product's shell makes, is simulated around them.
 */
import {
  type ActorEnvironment,
  Actors,
  Block,
  decideMoves,
  Membership,
  type Presence,
  REPORT_EVERY_MS,
} from "../../actors/host/testing/mod.ts";
import type { CommandChecks } from "./command_checks.ts";
import type { CursorBucket } from "./cursor_bucket.ts";
import type { Environment } from "./environment.ts";
import type { EventLog } from "./event_log.ts";
import { hostLog } from "./host_log.ts";
import type { Entry, MailboxStream } from "./mailbox_stream.ts";
import { Process } from "./process.ts";
import type { ReportBus } from "./report_bus.ts";
import type { Sabotage } from "./sabotage.ts";
import { hostSnapshots, type SnapshotBucket } from "./snapshot_bucket.ts";

/** What all hosts share. */
export interface HostWorld {
  readonly environment: Environment;
  readonly log: EventLog;
  readonly mailbox: MailboxStream;
  readonly cursors: CursorBucket;
  readonly snapshots: SnapshotBucket;
  readonly bus: ReportBus;
  readonly checks: CommandChecks;
  readonly sabotage: Sabotage;
  /** Carries an answer to whoever waits at `replyTo`. */
  readonly deliverReply: (replyTo: string, body: string) => void;
}

interface Owned {
  readonly block: Block;
  /** The cursor as it was last saved. */
  saved: number;
  isTaking: boolean;
}

const DECIDE_EVERY_MS = 150;
const SAVE_EVERY_MS = 500;
const CATCH_UP_EVERY_MS = 2_500;
const CURSOR_TIMEOUT_MS = 1_000;
/** A reader that misses a message notices at its next heartbeat. */
const REDELIVERY_MS = 700;

export class SimulatedHost {
  readonly process: Process;
  readonly #world: HostWorld;
  readonly #actors: Actors;
  readonly #membership: Membership;
  readonly #owned = new Map<number, Owned>();
  readonly #moving = new Set<number>();
  /** Owns everything whatever the others say. */
  forceAll = false;
  #draining = false;

  constructor(name: string, world: HostWorld, onCrash: () => void) {
    const { environment, bus } = world;
    this.#world = world;
    this.process = new Process(name, environment, () => {
      bus.leave(this);
      onCrash();
    });
    this.#membership = new Membership(name, environment.clock.nowMs);
    this.#actors = new Actors(this.#actorEnvironment(), {
      maxActorBytes: environment.random.pick([1, 50_000, 1e9]),
      idleMs: 3_000,
      snapshotEvery: environment.random.pick([1, 3, 1_000]),
    });
    bus.join(this);
    void this.process.every(REPORT_EVERY_MS, () => Promise.resolve(this.#report()));
    void this.process.every(DECIDE_EVERY_MS, () => Promise.resolve(this.#decide()));
    void this.process.every(SAVE_EVERY_MS, () => this.#saveAll());
    void this.process.every(CATCH_UP_EVERY_MS, () => this.#catchUp());
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
    this.#world.environment.note(this.process.name, "drains");
    this.#draining = true;
    this.#report();
  }

  hear(presence: Presence): void {
    this.#membership.hear(presence, this.#world.environment.clock.nowMs);
  }

  #report(): void {
    const { bus } = this.#world;
    const { process } = this;
    bus.report(process, { hostId: process.name, draining: this.#draining, blocks: this.owned });
  }

  #decide(): void {
    this.#actors.passivate();
    const view = this.#membership.view(this.#world.environment.clock.nowMs);
    const { take, give } = decideMoves(view, {
      hostId: this.process.name,
      draining: this.#draining,
      forceAll: this.forceAll,
      owned: this.owned,
      moving: this.#moving,
    });
    for (const { block, reason } of take) this.#move(block, () => this.#take(block, reason));
    for (const block of give) this.#move(block, () => this.#give(block));
  }

  #move(block: number, work: () => Promise<void>): void {
    this.#moving.add(block);
    void work()
      .catch((error: unknown) => this.#trouble(`moving block ${block}`, error))
      .finally(() => this.#moving.delete(block));
  }

  async #take(number: number, reason: string): Promise<void> {
    const { mailbox } = this.#world;
    // Blocks that nobody writes to would only cost time.
    const cursor = mailbox.uses(number) ? await this.#readCursor(number) : 0;
    const owned = { block: new Block(number, cursor), saved: cursor, isTaking: true };
    this.#owned.set(number, owned);
    if (!mailbox.uses(number)) return;
    this.#note(`takes block ${number} (${reason}) after ${cursor}`);
    this.#report();
    void this.#read(number, owned);
  }

  async #give(number: number): Promise<void> {
    const owned = this.#owned.get(number);
    if (!owned) return;
    owned.isTaking = false;
    await owned.block.idle();
    try {
      await this.#save(number, owned);
    } finally {
      this.#owned.delete(number);
      if (this.#world.mailbox.uses(number)) {
        this.#note(`gives block ${number}`);
        this.#report();
      }
    }
  }

  /** Reads the block's part of the mailbox, in order, for as long as it is owned. */
  async #read(number: number, owned: Owned): Promise<void> {
    const { environment, mailbox } = this.#world;
    const entries = mailbox.ofBlock(number);
    let next = entries.findIndex(({ sequence }) => sequence > owned.block.taken);
    if (next < 0) next = entries.length;
    while (owned.isTaking) {
      const entry = entries[next];
      if (!entry) {
        await mailbox.arrival();
        continue;
      }
      await this.process.sleep(
        this.process.isCut ? REDELIVERY_MS : environment.travelMs() ?? REDELIVERY_MS,
      );
      if (this.process.isCut) continue;
      if (!owned.isTaking || !this.process.reach("take")) return;
      next++;
      this.process.enter(() => this.#offer(owned, entry));
    }
  }

  #offer(owned: Owned, { sequence, command, groupId, nowMs, hash, replyTo }: Entry): void {
    if (!owned.isTaking || owned.block.isTaken(sequence)) return;
    const finish = owned.block.begin(sequence);
    this.#note(`takes entry ${sequence}`);
    this.#actors.offer(groupId, { command, sequence, nowMs, hash, replyTo, finish });
  }

  async #readCursor(block: number): Promise<number> {
    const { cursors } = this.#world;
    const answer = await this.process.call<{ readonly cursor: number } | undefined>({
      name: "cursor-read",
      timeoutMs: CURSOR_TIMEOUT_MS,
      perform: (reply) => reply({ cursor: cursors.read(block) }),
      lost: () => undefined,
    });
    if (!answer) throw new Error("The cursors cannot be read");
    return answer.cursor;
  }

  async #saveAll(): Promise<void> {
    for (const [number, owned] of this.#owned) {
      await this.#save(number, owned).catch((error: unknown) => this.#trouble("saving", error));
    }
  }

  async #save(number: number, owned: Owned): Promise<void> {
    const { checks, cursors, sabotage } = this.#world;
    const cursor = sabotage.cursor?.(owned.block) ?? owned.block.cursor;
    if (cursor === owned.saved) return;
    const isSaved = await this.process.call({
      name: "cursor-save",
      timeoutMs: CURSOR_TIMEOUT_MS,
      perform: (reply) => {
        this.#note(`saves cursor ${cursor} of block ${number}`);
        checks.cursorSaved(number, cursor, this.process.name);
        cursors.save(number, cursor);
        reply(true);
      },
      lost: () => false,
    });
    if (!isSaved) throw new Error(`The cursor of block ${number} cannot be saved`);
    owned.saved = cursor;
  }

  /** Moves cursors over what belongs to other blocks. */
  #catchUp(): Promise<void> {
    const { mailbox } = this.#world;
    const { lastSequence } = mailbox;
    for (const [number, { block, isTaking }] of this.#owned) {
      const last = mailbox.ofBlock(number).at(-1)?.sequence ?? 0;
      if (isTaking && mailbox.uses(number) && block.taken >= last) block.advance(lastSequence);
    }
    return Promise.resolve();
  }

  #actorEnvironment(): ActorEnvironment {
    const { environment, log, checks, deliverReply, sabotage, snapshots } = this.#world;
    const { process } = this;
    const plain = hostLog(process, environment, log);
    return {
      log: sabotage.hostLog?.(plain) ?? plain,
      snapshots: hostSnapshots(process, environment, snapshots, plain),
      sendReply: (replyTo, { body }) => {
        if (!process.reach("reply")) return;
        process.enter(() => {
          checks.replySent(replyTo, process.name, body);
          const ms = process.isCut ? undefined : environment.travelMs();
          if (ms !== undefined) environment.clock.after(ms, () => deliverReply(replyTo, body));
        });
      },
      reportPoison: ({ sequence }, error) => {
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
