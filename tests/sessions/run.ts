/** Runs one scenario for one seed and says what came of it. */
import { Random } from "../simulation/random.ts";
import type { Costs } from "../bench/costs.ts";
import { assumed as assume, deployedSettings, planFor } from "../capacity/mod.ts";
import { type Scenario, STRIKES_AT_MS } from "./scenarios.ts";
import { World } from "./world.ts";

/** Virtual time that is looked at after a strike in any case. */
const SHORTEST_MS = 30_000;
/** Slots beyond the pods that are planned, for those that replace others. */
const SURGE = 12;

export interface RunOptions {
  readonly seed: number;
  readonly sessions: number;
  readonly costs: Costs;
  /** Whether those who follow the same group are sent to the same streamer. */
  readonly byGroup?: boolean;
  /** Settings of the streamer in place of those deployed. */
  readonly settings?: Partial<ReturnType<typeof deployedSettings>>;
}

/** What a run found. */
export interface Result {
  readonly scenario: string;
  readonly seed: number;
  readonly sessions: number;
  readonly pods: number;
  readonly lost: number;
  readonly p95Ms: number;
  readonly allMs: number;
  /** Streams opened per second before the strike, and the most afterwards, over one second and over ten. */
  readonly steadyOpens: number;
  readonly peakOpens: number;
  readonly peakOpens10: number;
  /** Most streams that one streamer opened in a second, and what it can open in one. */
  readonly peakOpensOfOne: number;
  readonly opensCapacity: number;
  readonly peakLogReads: number;
  readonly refused: number;
  readonly failed: number;
  /** Resumed streams that had missed nothing, that the ring served, that the log served, and others. */
  readonly current: number;
  readonly fromRing: number;
  readonly fromLog: number;
  readonly snapshots: number;
  readonly resets: number;
  readonly followed: number;
  readonly peakBehindMs: number;
  readonly peakStreams: number;
  /** Most streams of a streamer at the end against the mean. */
  readonly imbalance: number;
  readonly violations: readonly string[];
  readonly tookMs: number;
}

/** Runs `scenario`. */
export async function runScenario(scenario: Scenario, options: RunOptions): Promise<Result> {
  const startedAt = performance.now();
  const { seed, sessions, costs, byGroup = false } = options;
  const config = { ...deployedSettings(), ...options.settings };
  const { streamsPerUser } = assume();
  const assumed = assume({ usersOnline: sessions / streamsPerUser });
  const plan = planFor(assumed, costs, config);
  const pods = plan.streamer.pods;
  const durationMs = STRIKES_AT_MS + scenario.forMs(pods);
  const world = new World({
    sessions,
    pods,
    slots: pods + SURGE,
    durationMs,
    ...(scenario.lasts ? {} : { endsEarlyMs: STRIKES_AT_MS + SHORTEST_MS }),
    hotGroup: 0,
    online: 1,
    commandsPerSecond: plan.load.commands,
    hotCommandsPerSecond: 0,
    logCores: plan.nats.coresToSpare,
    config,
    costs,
    assumed,
    random: new Random(seed),
    byGroup,
    ...scenario.options?.(sessions),
  });
  scenario.start(world);
  await world.run();
  const { figures } = world;
  return {
    scenario: scenario.name,
    seed,
    sessions,
    pods,
    lost: world.recoveries.lost,
    ...world.recoveries.summary(),
    steadyOpens: figures.mean("opens", 0, STRIKES_AT_MS),
    peakOpens: figures.peak("opens", STRIKES_AT_MS),
    peakOpens10: figures.peak("opens", STRIKES_AT_MS, { seconds: 10 }),
    peakOpensOfOne: figures.peakOpensOfOne,
    opensCapacity: 1e6 / costs["stream.open_us"],
    peakLogReads: figures.peak("logReads"),
    refused: figures.total("refused"),
    failed: figures.total("failed"),
    current: figures.total("current"),
    fromRing: figures.total("replayed"),
    fromLog: figures.total("fromLog"),
    snapshots: figures.total("snapshots"),
    resets: figures.total("resets"),
    followed: figures.total("followed"),
    peakBehindMs: figures.peakBehindMs,
    peakStreams: figures.peakStreams,
    imbalance: figures.balance.most / figures.balance.mean,
    violations: world.violations,
    tookMs: performance.now() - startedAt,
  };
}
