/**
 * How long commands wait when a group host is killed, drained, or all are replaced: the hosts' real rules of
 * membership, placement and ownership decide who works on which block when; a mailbox keeps what comes
 * meanwhile, and each host decides one command after the other.
 */
import { VirtualCluster, type VirtualHost } from "../../actors/host/testing/mod.ts";
import { BLOCKS } from "../../actors/protocol/routing/mod.ts";
import { Random } from "../simulation/random.ts";
import type { Costs } from "../bench/costs.ts";
import { assumed as assume, deployedSettings, planFor } from "../capacity/mod.ts";
import { quantile } from "./figures.ts";
import { seconds } from "./goals.ts";

export interface HostRunOptions {
  readonly seed: number;
  readonly sessions: number;
  readonly costs: Costs;
}

/** What the commands of a run went through. */
export interface HostResult {
  readonly how: "killed" | "drained" | "rolled";
  readonly seed: number;
  readonly hosts: number;
  readonly commands: number;
  readonly perSecond: number;
  /** Waiting for the decision, sorted, in milliseconds. */
  readonly waitsMs: Float64Array;
  /** Commands whose senders were told 202 because it took too long. */
  readonly late: number;
  /** Commands that were never decided. */
  readonly stuck: number;
}

const STEP_MS = 10;
const STRIKES_AT_MS = 5_000;
const LASTS_MS = 20_000;
/** The edge answers 202 when a command takes longer (`COMMAND_DEADLINE_MS`). */
const DEADLINE_MS = 2_000;
/** A take-over reads cursors and starts its readers; the chaos suite's takeovers by drain take about this. */
const MOVE_MS = 100;
/** A host that is replaced: its successor is there, and known for `minReadySeconds`, before it goes. */
const REPLACED_EVERY_MS = 6_000;
/** Actors that a host loads at once when it took blocks over. */
const LOADS_AT_ONCE = 16;

/** A block's commands that nobody has decided yet: when they came. */
class Mailbox {
  readonly #cameAtMs: number[] = [];
  #next = 0;

  get size(): number {
    return this.#cameAtMs.length - this.#next;
  }

  /** When the oldest came; `Infinity` when there is none. */
  get oldestMs(): number {
    return this.#cameAtMs[this.#next] ?? Infinity;
  }

  put(atMs: number): void {
    this.#cameAtMs.push(atMs);
  }

  take(): number | undefined {
    return this.#next < this.#cameAtMs.length ? this.#cameAtMs[this.#next++] : undefined;
  }
}

/** Hosts, their mailboxes, and how far they are. */
interface Fleet {
  readonly cluster: VirtualCluster;
  readonly mailboxes: readonly Mailbox[];
  readonly freeAtMs: Map<VirtualHost, number>;
  /** Who works on each block, and from when on. */
  readonly owners: ({ readonly host: VirtualHost; readonly readyAtMs: number } | undefined)[];
  readonly waits: number[];
  readonly actorsPerBlock: number;
}

/** Runs the hosts that the plan has for so many sessions. @throws {RangeError} when no plan is possible */
export function loseHost(how: HostResult["how"], options: HostRunOptions): HostResult {
  const { seed, sessions, costs } = options;
  const random = new Random(seed);
  const assumed = assume({ usersOnline: sessions / assume().streamsPerUser });
  const plan = planFor(assumed, costs, deployedSettings());
  const hosts = plan.host.pods;
  const cluster = new VirtualCluster({ moveMs: MOVE_MS });
  for (let host = 0; host < hosts; host++) cluster.add(`host-${seed}-${host}`);
  cluster.untilSettled();
  const startedAtMs = cluster.nowMs;
  const mailboxes = Array.from({ length: BLOCKS }, () => new Mailbox());
  const waits: number[] = [];
  const fleet: Fleet = {
    cluster,
    mailboxes,
    freeAtMs: new Map(),
    owners: new Array(BLOCKS).fill(undefined),
    waits,
    actorsPerBlock: plan.load.commands / BLOCKS,
  };
  const pods = [...cluster.hosts];
  const lastsMs = how === "rolled" ? LASTS_MS + hosts * REPLACED_EVERY_MS : LASTS_MS;
  let due = 0;
  let replaced = 0;
  let struck = false;
  for (let ms = 0; ms < lastsMs + LASTS_MS; ms += STEP_MS) {
    const nowMs = startedAtMs + ms;
    if (ms < lastsMs) {
      for (due += plan.load.commands * STEP_MS / 1_000; due >= 1; due--) {
        mailboxes[random.int(BLOCKS)]?.put(nowMs + random.next() * STEP_MS);
      }
    }
    if (ms >= STRIKES_AT_MS && !struck && how !== "rolled") {
      struck = true;
      strike(pods[0], how);
    }
    if (how === "rolled" && ms === STRIKES_AT_MS + replaced * REPLACED_EVERY_MS) {
      // A new one gets blocks first; only then an old one is asked to go.
      const old = pods[replaced - 1];
      if (old) old.draining = true;
      if (replaced < pods.length) cluster.add(`new-${seed}-${replaced}`);
      replaced++;
    }
    cluster.run(STEP_MS);
    decide(fleet, costs);
  }
  const waitsMs = Float64Array.from(waits).sort();
  return {
    how,
    seed,
    hosts,
    commands: waitsMs.length,
    perSecond: plan.load.commands,
    waitsMs,
    late: waitsMs.reduce((sum, wait) => sum + (wait > DEADLINE_MS ? 1 : 0), 0),
    stuck: mailboxes.reduce((sum, { size }) => sum + size, 0),
  };
}

function strike(host: VirtualHost | undefined, how: "killed" | "drained"): void {
  if (!host) return;
  if (how === "killed") host.dead = true;
  else host.draining = true;
}

/** Each owner decides what lies in the mailboxes of its blocks, the oldest first, as far as it gets in a step. */
function decide(fleet: Fleet, costs: Costs): void {
  const { cluster, mailboxes, waits } = fleet;
  const { nowMs } = cluster;
  const costMs = costs["command.host_us"] / 1_000;
  for (const host of cluster.hosts) {
    if (host.dead) continue;
    const own = [...host.owned].filter((block) => !host.moving.has(block))
      .filter((block) => readyAtMs(fleet, { block, host }, costs) <= nowMs)
      .flatMap((block) => mailboxes[block] ?? []);
    let freeAtMs = Math.max(fleet.freeAtMs.get(host) ?? 0, nowMs - STEP_MS);
    while (freeAtMs < nowMs) {
      const mailbox = oldestOf(own);
      const cameAtMs = mailbox?.take();
      if (cameAtMs === undefined) break;
      freeAtMs = Math.max(freeAtMs, cameAtMs) + costMs;
      waits.push(freeAtMs - cameAtMs);
    }
    fleet.freeAtMs.set(host, freeAtMs);
  }
}

/** When `host` has loaded the actors that a block's first second of commands wants, several at once. */
function readyAtMs(
  { cluster, owners, actorsPerBlock }: Fleet,
  { block, host }: { readonly block: number; readonly host: VirtualHost },
  costs: Costs,
): number {
  let owner = owners[block];
  if (owner?.host !== host) {
    const loadingMs = actorsPerBlock * costs["actor.activation_ms"] / LOADS_AT_ONCE;
    owners[block] = owner = { host, readyAtMs: cluster.nowMs + loadingMs };
  }
  return owner.readyAtMs;
}

function oldestOf(mailboxes: readonly Mailbox[]): Mailbox | undefined {
  let oldest: Mailbox | undefined;
  for (const mailbox of mailboxes) {
    if (mailbox.oldestMs < (oldest?.oldestMs ?? Infinity)) oldest = mailbox;
  }
  return oldest;
}

/** A run of hosts as lines of text, and whether the goal of takeovers is met. */
export function describeHosts(
  result: HostResult,
): { readonly text: string; readonly met: boolean } {
  const { waitsMs, hosts, how, stuck, late, seed } = result;
  const at = (share: number) => seconds(quantile(waitsMs, share));
  const most = quantile(waitsMs, 1);
  // F6: taken over within 5 s; a deploy loses nothing and keeps nobody waiting longer than that.
  const met = stuck === 0 && most <= 5_000;
  return {
    met,
    text: [
      `host-${how}: ${hosts} hosts, ${result.perSecond.toFixed(0)} commands/s, seed ${seed}`,
      `  ${result.commands} commands waited p50 ${at(0.5)}, p99 ${at(0.99)}, p99.9 ${at(0.999)}, ` +
      `most ${at(1)}; answered 202 after ${seconds(DEADLINE_MS)}: ${late}; never decided: ${stuck}`,
      `  ${met ? "met   " : "MISSED"} every command is decided within 5 s: ${seconds(most)}`,
    ].join("\n"),
  };
}
