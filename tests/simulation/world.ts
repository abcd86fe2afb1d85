/**
 * One run: a world drawn from a seed, troubled for a while, then healed. Safety is checked at every step;
 * after healing everything has to come to rest in order.
 */
import { partitionOf } from "../../actors/protocol/routing/mod.ts";
import { CommandChecks } from "./command_checks.ts";
import { USERS } from "./command_mix.ts";
import { CursorBucket } from "./cursor_bucket.ts";
import { Environment, type Violation } from "./environment.ts";
import { EventLog } from "./event_log.ts";
import { Fleet } from "./fleet.ts";
import { MailboxStream } from "./mailbox_stream.ts";
import { endMisfortunes, strikeNowAndThen, type Troubled } from "./misfortunes.ts";
import { Reader } from "./reader.ts";
import { ReportBus } from "./report_bus.ts";
import type { Sabotage } from "./sabotage.ts";
import { Sender } from "./sender.ts";
import { SimulatedFeed } from "./simulated_feed.ts";
import { SimulatedHost } from "./simulated_host.ts";
import { ProjectionTables, SimulatedProjector } from "./simulated_projector.ts";
import { SimulatedStreamer } from "./simulated_streamer.ts";
import { SnapshotBucket } from "./snapshot_bucket.ts";
import { TimerStore } from "./timer_store.ts";

/** What came of one run. */
export interface RunResult {
  readonly seed: number;
  /** The first promise that was broken, if any. */
  readonly violation: Violation | undefined;
  /** Over everything that happened: equal for equal runs. */
  readonly traceHash: string;
  /** The last things that happened. */
  readonly trace: readonly string[];
  readonly steps: number;
  readonly commits: number;
  readonly commands: number;
  /** How often a process was struck, by point and kind. */
  readonly struck: ReadonlyMap<string, number>;
}

/** How long after the last trouble everything has to be at rest, in virtual milliseconds. */
const HEALS_WITHIN_MS = 60_000;
const LOOK_EVERY_MS = 100;

/** Runs the world of `seed`; `traceLines` of its trace are kept. */
export async function runWorld(
  seed: number,
  options: { readonly sabotage?: Sabotage; readonly traceLines?: number } = {},
): Promise<RunResult> {
  const world = new World(seed, options.sabotage ?? {});
  await world.run();
  const { environment, log, mailbox } = world;
  return {
    seed,
    violation: environment.violation,
    traceHash: environment.trace.hash,
    trace: environment.trace.last(options.traceLines ?? 40),
    steps: environment.clock.steps,
    commits: log.messages.length,
    commands: mailbox.lastSequence,
    struck: environment.faults.struck,
  };
}

class World implements Troubled {
  readonly environment: Environment;
  readonly mailbox: MailboxStream;
  readonly log: EventLog;
  readonly bus: ReportBus;
  readonly hosts: Fleet<SimulatedHost>;
  readonly streamers: Fleet<SimulatedStreamer>;
  readonly projectors: Fleet<SimulatedProjector>;
  readonly #checks: CommandChecks;
  readonly #cursors: CursorBucket;
  readonly #tables: ProjectionTables;
  readonly #timers: TimerStore;
  readonly #senders: Sender[] = [];
  readonly #readers: Reader[];

  constructor(seed: number, sabotage: Sabotage) {
    const environment = this.environment = new Environment(seed);
    const { random } = environment;
    const groupIds = drawGroupIds(environment);
    const mailbox = this.mailbox = new MailboxStream(groupIds);
    const checks = this.#checks = new CommandChecks(environment, mailbox);
    const log = this.log = new EventLog(environment, {
      ...(sabotage.atLeader ? { atLeader: sabotage.atLeader } : {}),
      onStored: (commit) => {
        checks.commitStored(commit);
        feed.republish(commit);
      },
    });
    const snapshots = new SnapshotBucket(environment);
    const feed = new SimulatedFeed(environment, log, snapshots);
    const bus = this.bus = new ReportBus(environment);
    const cursors = this.#cursors = new CursorBucket(
      environment,
      (block, cursor, host) => checks.cursorSaved(block, cursor, host),
    );
    const tables = this.#tables = new ProjectionTables(environment, log);
    const timers = this.#timers = new TimerStore(environment, (command) => {
      checks.commandStored(mailbox.append(command, { nowMs: environment.wallMs }));
    });
    const shared = {
      environment,
      log,
      mailbox,
      cursors,
      snapshots,
      timers,
      bus,
      checks,
      feed,
      tables,
      sabotage,
    };
    const deliverReply = (replyTo: string, body: string) => {
      for (const sender of this.#senders) sender.reply(replyTo, body);
    };
    this.hosts = new Fleet(
      environment,
      "host-",
      (name, onCrash) => new SimulatedHost(name, { ...shared, deliverReply }, onCrash),
    );
    this.streamers = new Fleet(
      environment,
      "streamer-",
      (name, onCrash) => new SimulatedStreamer(name, shared, onCrash),
    );
    this.projectors = new Fleet(
      environment,
      "projector-",
      (name, onCrash) => new SimulatedProjector(name, shared, onCrash),
    );
    this.hosts.start(1 + random.int(3));
    this.streamers.start(1 + random.int(2));
    this.projectors.start(random.chance(0.3) ? 2 : 1);
    this.#startSenders(groupIds);
    this.#readers = Array.from(
      { length: 2 + random.int(2) },
      (_, index) =>
        new Reader(`reader-${index}`, {
          userId: index === 0 ? USERS[0] : random.pick(USERS),
          groupIds: index === 1 && groupIds.length > 1 ? groupIds : [random.pick(groupIds)],
        }, { environment, checks, streamer: () => this.#anyStreamer() }),
    );
    strikeNowAndThen(this);
  }

  async run(): Promise<void> {
    const { environment } = this;
    const { clock, faults, random } = environment;
    const isBroken = () => environment.violation !== undefined;
    await clock.run(random.between(2_500, 10_000), isBroken);
    faults.heal();
    endMisfortunes(this);
    environment.note("world", "is healed");
    const untilMs = clock.nowMs + HEALS_WITHIN_MS;
    while (!isBroken() && this.#debt() !== undefined && clock.nowMs < untilMs) {
      await clock.run(clock.nowMs + LOOK_EVERY_MS, isBroken);
    }
    if (isBroken()) return;
    const debt = this.#debt();
    if (debt) environment.violate("comes to rest after healing", debt);
    this.#tables.check();
  }

  #startSenders(groupIds: readonly string[]): void {
    const { environment, mailbox } = this;
    const world = { environment, mailbox, groupIds, checks: this.#checks, sent: new Map() };
    const founder = new Sender("founder", world);
    this.#senders.push(founder);
    const founded = founder.found();
    for (let i = 0, count = 1 + environment.random.int(4); i < count; i++) {
      const sender = new Sender(`sender-${i}`, world);
      this.#senders.push(sender);
      const commands = 4 + environment.random.int(14);
      // Most wait for the groups to exist; what is sent before is refused.
      if (environment.random.chance(0.2)) void sender.run(commands);
      else void founded.then(() => sender.run(commands));
    }
  }

  #anyStreamer(): SimulatedStreamer | undefined {
    const { members } = this.streamers;
    return members.length > 0 ? this.environment.random.pick(members) : undefined;
  }

  /** What is still missing to rest; `undefined` when nothing is. */
  #debt(): string | undefined {
    if (!this.#senders.every(({ isDone }) => isDone)) return "a sender waits for an outcome";
    return this.#checks.debt() ?? this.#timerDebt() ?? this.#ownershipDebt() ??
      this.#cursorDebt() ??
      (this.#tables.position < this.log.messages.length
        ? `the tables are at ${this.#tables.position} of ${this.log.messages.length}`
        : undefined) ??
      this.#readers.map((reader) => reader.debt()).find(Boolean);
  }

  #ownershipDebt(): string | undefined {
    for (const block of this.mailbox.blocks) {
      const owners = this.hosts.members.filter(({ owned }) => owned.has(block));
      if (owners.length === 1) continue;
      const names = owners.map(({ process }) => process.name).join(", ") || "nobody";
      return `block ${block} is owned by ${names}`;
    }
    return undefined;
  }

  #timerDebt(): string | undefined {
    const { reference } = this.#checks;
    for (const groupId of reference.groupIds) {
      const group = reference.group(groupId);
      const missing = this.#timers.missing(group.stateAt(group.version));
      if (missing) return missing;
    }
    return undefined;
  }

  #cursorDebt(): string | undefined {
    for (const block of this.mailbox.blocks) {
      const last = this.mailbox.ofBlock(block).at(-1)?.sequence ?? 0;
      const { sequence: saved } = this.#cursors.newest(block);
      if (saved < last) return `the cursor of block ${block} is at ${saved}, its end is ${last}`;
    }
    return undefined;
  }
}

/** One to three groups, often in the same block. */
function drawGroupIds({ random, wallMs }: Environment): readonly string[] {
  const ids = [random.uuid(wallMs)];
  const count = 1 + random.int(3);
  const partition = partitionOf(ids[0] ?? "");
  const isClose = random.chance(0.5);
  while (ids.length < count) {
    const id = random.uuid(wallMs);
    if (!isClose || partitionOf(id) >> 4 === partition >> 4) ids.push(id);
  }
  return ids;
}
