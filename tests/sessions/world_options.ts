/** What a simulated world consists of. */
import type { StreamConfig } from "../../actors/stream/mod.ts";
import type { Costs } from "../bench/costs.ts";
import type { Assumed } from "../capacity/mod.ts";
import type { Random } from "../simulation/random.ts";

export interface WorldOptions {
  readonly sessions: number;
  readonly pods: number;
  /** Pods there may be at once while some replace others. */
  readonly slots: number;
  readonly durationMs: number;
  /** From when on a run may end as soon as everybody who lost a stream has one again. */
  readonly endsEarlyMs?: number;
  /** Sessions that follow one and the same group; 0 for none. */
  readonly hotGroup: number;
  /** Share of the sessions that are online from the start; the others stay away until they are sent for. */
  readonly online: number;
  readonly commandsPerSecond: number;
  /** Commands per second in the hot group. */
  readonly hotCommandsPerSecond: number;
  /** Processors that the log's servers have to spare for reads. */
  readonly logCores: number;
  readonly config: StreamConfig;
  readonly costs: Costs;
  readonly assumed: Assumed;
  readonly random: Random;
  /** Whether the balancer sends those who follow the same group to the same streamer; else to any. */
  readonly byGroup?: boolean;
  /** From a browser to a streamer and back; 40 ms unless it is given. */
  readonly latencyMs?: number;
}
