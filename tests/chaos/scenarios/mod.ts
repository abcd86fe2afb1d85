/** All scenarios, in the order in which they run. */
import type { Scenario } from "../scenario.ts";
import { clockJumps } from "./clock_jumps.ts";
import { clusterKills } from "./cluster_kills.ts";
import { clusterQuorum } from "./cluster_quorum.ts";
import { diskFull } from "./disk_full.ts";
import { duplicates } from "./duplicates.ts";
import { streamCuts } from "./stream_cuts.ts";
import { flapping } from "./flapping.ts";
import { goneClients } from "./gone_clients.ts";
import { hostStrikes } from "./host_strikes.ts";
import { hotGroup } from "./hot_group.ts";
import { natsKills } from "./nats_kills.ts";
import { partitions } from "./partitions.ts";
import { poison } from "./poison.ts";
import { rollingRestart } from "./rolling_restart.ts";
import { scaling } from "./scaling.ts";
import { stalledReaders } from "./stalled_readers.ts";
import { stepDowns } from "./step_downs.ts";
import { twoOwners } from "./two_owners.ts";

export const SCENARIOS: readonly Scenario[] = [
  hostStrikes,
  natsKills,
  clusterKills,
  clusterQuorum,
  stepDowns,
  diskFull,
  partitions,
  flapping,
  clockJumps,
  twoOwners,
  rollingRestart,
  scaling,
  poison,
  duplicates,
  hotGroup,
  streamCuts,
  stalledReaders,
  goneClients,
];
