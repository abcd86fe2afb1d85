/** What the installation cannot exceed, whatever is added to it, and how near the plan comes. Pure. */
import { BLOCKS, PARTITIONS } from "../../actors/protocol/routing/mod.ts";
import type { Costs } from "../bench/costs.ts";
import type { Assumed } from "./assumptions.ts";
import type { Plan, PlanSettings } from "./plan.ts";
import { PODS } from "./pods.ts";

/** One limit: how much of it the plan uses, and what to do when it is reached. */
export interface Limit {
  readonly what: string;
  readonly limit: number;
  readonly used: number;
  readonly then: string;
}

/** Open files that one process may have where the benchmarks ran, two of them kept for each stream's peer. */
const FILES_PER_PROCESS = 20_000;

export function limitsOf(
  plan: Plan,
  { assumed, costs, settings }: {
    readonly assumed: Assumed;
    readonly costs: Costs;
    readonly settings: PlanSettings;
  },
): Limit[] {
  const { load, nats } = plan;
  const streamsEach = load.streams / plan.streamer.pods;
  return [
    {
      what: "group hosts: one block is the least a host can own",
      limit: BLOCKS,
      used: plan.host.pods,
      then: `cut the ${PARTITIONS} partitions into more blocks, which is configuration`,
    },
    {
      what: "commands/s of one group: one actor decides one after the other",
      limit: 1e6 / costs["command.host_us"],
      used: largestGroupCommands(assumed),
      then: "split the group; nothing else helps",
    },
    {
      what: "streams of mailbox and log (STREAM_SHARDS, divides 64)",
      limit: BLOCKS,
      used: plan.shards,
      then: "more blocks, as above",
    },
    {
      what: "streams of one process (STREAMS_TOTAL)",
      limit: settings.streamsTotal,
      used: streamsEach,
      then: "more streamers",
    },
    {
      what: "open files of one streamer",
      limit: FILES_PER_PROCESS,
      used: settings.streamsTotal,
      then: "raise nofile before STREAMS_TOTAL",
    },
    {
      what: "cores of the projector: one process for all streams",
      limit: PODS.projector.cores,
      used: plan.projector.cores,
      then: "divide the streams between processes",
    },
    {
      what: "messages/s of one stream with three copies",
      limit: costs["nats.store_r3_per_s"],
      used: load.commands / plan.shards,
      then: "raise STREAM_SHARDS",
    },
    {
      what: "GiB of memory of one NATS server: it knows every subscription",
      limit: assumed.natsMemoryGiB * assumed.natsMemoryShare,
      used: nats.subscriptions * costs["nats.subscription_bytes"] / 2 ** 30,
      then: "send those who watch the same group to the same streamer",
    },
    {
      what: "connections to Postgres",
      limit: assumed.postgresConnectionLimit,
      used: plan.postgres.connections,
      then: "put a pooler in front, or lower DATABASE_CONNECTIONS",
    },
    {
      what: "cores of the Postgres primary",
      limit: assumed.postgresCores * assumed.processorShare,
      used: plan.postgres.cores,
      then: "read from replicas",
    },
  ];
}

/** Commands of the largest group that is assumed, in the busiest minute. */
function largestGroupCommands({ commandsPerUserHour, peakFactor }: Assumed): number {
  const LARGEST = 1_000;
  return LARGEST * commandsPerUserHour * peakFactor / 3_600;
}
