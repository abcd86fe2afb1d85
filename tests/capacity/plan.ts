/**
 * The plan: how many pods, servers and gigabytes the load needs, from measured costs and stated assumptions,
 * with what may be lost left out. Pure; more load never needs less of anything.
 */
import type { Costs } from "../bench/costs.ts";
import type { Assumed } from "./assumptions.ts";
import { hostsFor } from "./hosts.ts";
import { type Load, loadOf, type LoadSettings } from "./load.ts";
import { EDGE_CONNECTIONS, HOST_ACTOR_MIB, PODS } from "./pods.ts";
import { spare } from "./redundancy.ts";
import { meanStreamersPerEvent, subscriptionsPerStream } from "./watchers.ts";

const US = 1e6;
const MIB = 2 ** 20;
const GIB = 2 ** 30;
/** Blocks, and so streams of mailbox and log, into which the work can be cut. */
const MAX_SHARDS = 64;

/** The settings that the plan depends on. */
export interface PlanSettings extends LoadSettings {
  readonly streamsTotal: number;
  readonly ringCommits: number;
}

/** How much of a kind of pod is needed. */
export interface Part {
  /** Cores that are busy in the busiest minute, all pods together. */
  readonly cores: number;
  readonly memoryMiB: number;
  /** Pods that the load needs when none is missing, by what it needs them for. */
  readonly needed: Readonly<Record<string, number>>;
  /** What `needed` is largest for. */
  readonly limitedBy: string;
  /** Pods to run: what is left without a zone, or without one of them, is enough. */
  readonly pods: number;
}

export interface Plan {
  readonly load: Load;
  readonly edge: Part;
  readonly streamer: Part;
  readonly host: Part;
  /** One process for all projections: a second one would do the same work again. */
  readonly projector: Part;
  readonly nats: Part & {
    readonly storedPerSecond: number;
    readonly deliveredPerSecond: number;
    readonly subscriptions: number;
    readonly logGiBPerDay: number;
    readonly logGiBPerServer: number;
    readonly coresToSpare: number;
  };
  readonly postgres: {
    readonly cores: number;
    readonly gibPerDay: number;
    readonly walMiBPerSecond: number;
    readonly connections: number;
    readonly transactionsPerSecond: number;
  };
  readonly network: {
    readonly toBrowsersMbit: number;
    readonly betweenServersMbit: number;
  };
  readonly shards: number;
  /** Groups that one streamer follows. */
  readonly groupsPerStreamer: number;
  /** What is asked of everything together. */
  readonly totals: { readonly cores: number; readonly memoryGiB: number; readonly pods: number };
}

/** What everything below reckons with. */
interface Inputs {
  readonly assumed: Assumed;
  readonly costs: Costs;
  readonly settings: PlanSettings;
  readonly load: Load;
}

/**
 * Plans for what `assumed` says.
 *
 * @throws {RangeError} when no number of group hosts is enough: commands are more than 64 blocks carry
 */
export function planFor(assumed: Assumed, costs: Costs, settings: PlanSettings): Plan {
  const load = loadOf(assumed, settings);
  const inputs = { assumed, costs, settings, load };
  const shards = shardsFor(inputs);
  const edge = edgePart(inputs);
  const streamer = streamerPart(inputs);
  const host = hostPart(inputs);
  const projector = projectorPart(inputs);
  const nats = natsPart(inputs, streamer.pods);
  const postgres = postgresNeeds(inputs, { edges: edge.pods, shards });
  const parts = [edge, streamer, host, projector, nats];
  const memoryMiB = edge.pods * PODS.edge.memoryMiB + streamer.pods * PODS.streamer.memoryMiB +
    host.pods * PODS["group-host"].memoryMiB + PODS.projector.memoryMiB +
    nats.pods * assumed.natsMemoryGiB * 1_024;
  return {
    load,
    edge,
    streamer,
    host,
    projector,
    nats,
    postgres,
    network: networkNeeds(inputs, nats.deliveredPerSecond),
    shards,
    groupsPerStreamer: load.streams / streamer.pods * subscriptionsPerStream(streamer.pods),
    totals: {
      cores: parts.reduce((sum, { cores }) => sum + cores, postgres.cores),
      memoryGiB: memoryMiB / 1_024,
      pods: parts.reduce((sum, { pods }) => sum + pods, 0),
    },
  };
}

function part(
  { cores, memoryMiB, needed }: Pick<Part, "cores" | "memoryMiB" | "needed">,
  zones: number,
): Part {
  const [limitedBy = "", most = 0] = Object.entries(needed).toSorted(([, a], [, b]) => b - a)[0] ??
    [];
  return { cores, memoryMiB, needed, limitedBy, pods: spare(most, zones) };
}

function edgePart({ assumed, costs, load }: Inputs): Part {
  const hits = load.reads * assumed.readHitShare;
  const cores = (load.commands * costs["command.edge_us"] +
    hits * costs["read.hit_edge_us"] +
    (load.reads - hits) * costs["read.miss_edge_us"] +
    load.refreshes * costs["account.refresh_edge_us"] +
    load.logins * costs["account.login_edge_us"]) / US;
  const needed = { processor: cores / (PODS.edge.cores * assumed.processorShare) };
  return part({ cores, memoryMiB: 0, needed }, assumed.zones);
}

/** Every stream is reckoned to make its streamer follow a group: with many streamers that is nearly so. */
function streamerPart(inputs: Inputs): Part {
  const { assumed, costs, load, settings } = inputs;
  const { processorShare, memoryShare } = assumed;
  const cores = (load.opens * (costs["stream.open_us"] + followUs(inputs)) +
    load.deliveries * costs["stream.delivery_us"] +
    load.streams * costs["stream.idle_us"]) / US;
  const perStreamMiB = (costs["stream.kib"] + groupKib(inputs)) / 1_024 +
    costs["stream.kernel_bytes"] / MIB;
  const memoryMiB = load.streams * perStreamMiB;
  const roomMiB = PODS.streamer.memoryMiB * memoryShare - costs["stream.base_mib"];
  const needed = {
    processor: cores / (PODS.streamer.cores * processorShare),
    memory: memoryMiB / roomMiB,
    streams: load.streams / settings.streamsTotal,
  };
  return part({ cores, memoryMiB, needed }, assumed.zones);
}

/** Processor time of following a group that nobody at this streamer watched, at most one for each stream. */
function followUs({ assumed, costs }: Inputs): number {
  const unsaved = unsavedEvents(assumed);
  return costs["stream.follow_us"] +
    (assumed.historyEvents - unsaved) * costs["stream.restore_us"] +
    unsaved * costs["stream.fold_us"];
}

/** Events of the mean group that its newest snapshot does not cover. */
function unsavedEvents({ historyEvents, actorsPerWatchedGroup, snapshotEvery }: Assumed): number {
  return Math.min(historyEvents, actorsPerWatchedGroup * (snapshotEvery - 1) / 2);
}

/** What a followed group takes: its state, and its newest commits in the ring. */
function groupKib({ assumed, costs, settings }: Inputs): number {
  const commits = Math.min(assumed.historyEvents, settings.ringCommits);
  return costs["stream.group_kib"] + costs["stream.ring_kib"] * commits * assumed.eventBytesFactor;
}

function hostPart({ assumed, costs, load }: Inputs): Part {
  const cores = load.commands * costs["command.host_us"] / US;
  const actors = load.watchedGroups * assumed.actorsPerWatchedGroup;
  const memoryMiB = actors * costs["actor.kib"] / 1_024;
  const share = PODS["group-host"].cores * assumed.processorShare / cores;
  const byProcessor = hostsFor(share);
  const byMemory = hostsFor(HOST_ACTOR_MIB / memoryMiB);
  if (byProcessor === undefined || byMemory === undefined) {
    throw new RangeError(
      `Cannot plan: ${load.commands.toFixed(0)} commands/s are more than 64 blocks carry`,
    );
  }
  return part(
    { cores, memoryMiB, needed: { processor: byProcessor, memory: byMemory } },
    assumed.zones,
  );
}

function projectorPart({ assumed, costs, load }: Inputs): Part {
  const cores = load.commands * costs["command.projector_us"] / US;
  const needed = { processor: cores / (PODS.projector.cores * assumed.processorShare) };
  // It is down for a moment when it is replaced and catches up; nobody may run beside it.
  return { cores, memoryMiB: 0, needed, limitedBy: "processor", pods: 1 };
}

function shardsFor({ assumed, costs, load }: Inputs): number {
  const perStream = costs["nats.store_r3_per_s"] * assumed.processorShare;
  const perProjection = costs["projection.events_per_s"] * assumed.processorShare;
  const least = Math.max(load.commands / perStream, load.commands / perProjection);
  let shards = 1;
  // They have to divide 64.
  while (shards < least && shards < MAX_SHARDS) shards *= 2;
  return shards;
}

function natsPart({ assumed, costs, load }: Inputs, streamers: number): Plan["nats"] {
  const { copies, natsMemoryShare } = assumed;
  // Each command is stored in a mailbox and in the log; measured with one copy of each.
  const storedPerSecond = load.commands * 2;
  const copiesUs = Math.max(0, costs["nats.store_r3_us"] - costs["nats.store_us"]) *
    Math.max(0, copies - 1) / 2;
  const deliveredPerSecond = load.commands * meanStreamersPerEvent(streamers);
  const follows = load.opens;
  // The commit that the snapshot ends with is read again.
  const readUs = costs["nats.last_us"] + costs["nats.snapshot_us"] +
    costs["nats.page_us"] * (unsavedEvents(assumed) + 1) / 50;
  const cores = (load.commands * costs["command.nats_us"] + storedPerSecond * copiesUs +
    deliveredPerSecond * costs["nats.delivery_us"] * assumed.routeFactor +
    follows * readUs) / US;
  const subscriptions = load.streams * subscriptionsPerStream(streamers);
  // Groups are subjects of the log and of the snapshots; every copy has its own index.
  const subjectBytes = assumed.groupsInAll * 2 * costs["nats.subject_bytes"] * copies;
  const logGiBPerDay = load.commandsPerDay * costs["command.log_bytes"] *
    assumed.eventBytesFactor * copies / GIB;
  // When every stream is cut, every group is followed anew: more than in any usual minute.
  const reconnectCores = subscriptions * readUs / US / assumed.reconnectSeconds;
  const needed = {
    processor: cores / (assumed.natsCores * assumed.processorShare),
    reconnecting: (cores + reconnectCores) / assumed.natsCores,
    // Every server knows where each subscription is.
    memory: serversForMemory({
      everywhere: subscriptions * costs["nats.subscription_bytes"],
      spread: subjectBytes,
      room: assumed.natsMemoryGiB * GIB * natsMemoryShare,
    }),
    copies,
  };
  const sized = part(
    {
      cores,
      memoryMiB: (subscriptions * costs["nats.subscription_bytes"] + subjectBytes) / MIB,
      needed,
    },
    assumed.zones,
  );
  return {
    ...sized,
    storedPerSecond,
    deliveredPerSecond,
    subscriptions,
    logGiBPerDay,
    logGiBPerServer: logGiBPerDay * assumed.logKeptDays / sized.pods,
    coresToSpare: Math.max(1, sized.pods * assumed.natsCores - cores),
  };
}

function serversForMemory(
  { everywhere, spread, room }: { everywhere: number; spread: number; room: number },
): number {
  if (everywhere >= room) return Infinity;
  return spread / (room - everywhere);
}

function postgresNeeds(
  { assumed, costs, load }: Inputs,
  { edges, shards }: { readonly edges: number; readonly shards: number },
): Plan["postgres"] {
  const hits = load.reads * assumed.readHitShare;
  const cores = (load.commands * costs["command.postgres_us"] +
    hits * costs["read.hit_postgres_us"] +
    (load.reads - hits) * costs["read.miss_postgres_us"] +
    load.refreshes * costs["account.refresh_postgres_us"] +
    load.logins * costs["account.login_postgres_us"]) / US;
  return {
    cores,
    gibPerDay: load.commandsPerDay * costs["command.postgres_bytes"] *
      assumed.eventBytesFactor / GIB,
    walMiBPerSecond: load.commands * costs["command.wal_bytes"] * assumed.eventBytesFactor / MIB,
    connections: edges * EDGE_CONNECTIONS + shards + 2,
    transactionsPerSecond: load.reads + load.refreshes + load.logins,
  };
}

function networkNeeds(
  { assumed, costs, load }: Inputs,
  deliveredPerSecond: number,
): Plan["network"] {
  const { packetBytes, eventBytesFactor } = assumed;
  const toBrowsers = load.deliveries *
      (costs["stream.frame_bytes"] * eventBytesFactor + packetBytes) +
    load.heartbeats * packetBytes +
    load.opens * (costs["stream.snapshot_bytes"] * eventBytesFactor + packetBytes) +
    load.commands * costs["command.http_bytes"] +
    load.reads * (1 - assumed.readHitShare) * costs["read.miss_bytes"];
  const message = (costs["command.log_bytes"] + costs["command.mailbox_bytes"]) * eventBytesFactor;
  const between = load.commands * message * (assumed.copies + 1) +
    deliveredPerSecond * costs["command.log_bytes"] * eventBytesFactor;
  return { toBrowsersMbit: toBrowsers * 8 / 1e6, betweenServersMbit: between * 8 / 1e6 };
}
