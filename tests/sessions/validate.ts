/**
 * Holds the simulation against reality at a small scale: two streamers, 2,000 real streams, one streamer killed,
 * readers that come back by the web client's rules; then the same simulated, with the costs of this machine.
 * `deno task simulate:validate [--sessions 2000] [--history 30] [--seed 1]`; ends with 1 beyond `--factor` (3).
 */
import { parseArgs } from "node:util";
import { applyStreams, connectNats, pause } from "../../actors/platform/mod.ts";
import { startNatsServer } from "../../dev/mod.ts";
import { reconnectAfter } from "../../web/timing/mod.ts";
import { writeGroup } from "../bench/group_log.ts";
import { readFigures, valuesOf } from "../bench/costs.ts";
import { assumed as assume, deployedSettings } from "../capacity/mod.ts";
import { Random } from "../simulation/random.ts";
import { Figures } from "./figures.ts";
import { populate } from "./population.ts";
import { type RealStreamer, startStreamers, StreamReader } from "./real_streams.ts";
import { Recoveries } from "./recoveries.ts";
import { World } from "./world.ts";

/** How long the balancer of both worlds goes on sending streams to a streamer that is gone. */
const NOTICED_AFTER_MS = 2_000;
const STEADY_MS = 3_000;
const WAIT_MS = 60_000;

interface Outcome {
  readonly lost: number;
  readonly p95Ms: number;
  readonly allMs: number;
  /** Most streams opened in one second. */
  readonly peakOpens: number;
}

const { values } = parseArgs({
  args: Deno.args,
  options: {
    sessions: { type: "string", default: "2000" },
    history: { type: "string", default: "30" },
    seed: { type: "string", default: "1" },
    factor: { type: "string", default: "3" },
  },
});
const [sessions, history] = [Number(values.sessions), Number(values.history)];
const random = () => new Random(Number(values.seed));
const { streamsPerUser } = assume();

/** The simulated outcome. */
async function simulated(): Promise<Outcome> {
  const world = new World({
    sessions,
    pods: 2,
    slots: 2,
    durationMs: STEADY_MS + WAIT_MS,
    endsEarlyMs: STEADY_MS + 5_000,
    hotGroup: 0,
    online: 1,
    commandsPerSecond: 0,
    hotCommandsPerSecond: 0,
    logCores: 1,
    config: { ...deployedSettings(), streamsPerAddress: sessions },
    costs: valuesOf(await readFigures()),
    assumed: assume({
      usersOnline: sessions / streamsPerUser,
      historyEvents: history,
      // No host has written snapshots of the made-up groups.
      actorsPerWatchedGroup: 1,
      snapshotEvery: 1e9,
    }),
    random: random(),
    latencyMs: 1,
  });
  const [victim] = world.pods;
  world.time.at(STEADY_MS, () => {
    if (!victim) return;
    world.kill(victim);
    world.time.at(STEADY_MS + NOTICED_AFTER_MS, () => world.balancer.route(victim, false));
  });
  await world.run();
  const peakOpens = world.figures.peak("opens", STEADY_MS);
  return { lost: world.recoveries.lost, ...world.recoveries.summary(), peakOpens };
}

/** The same with processes, sockets and time as they are. */
async function measured(): Promise<Outcome> {
  const draws = random();
  const { groupOf, groups } = populate({ sessions, hotGroup: 0, streamsPerUser }, draws);
  const dataDir = await Deno.makeTempDir({ prefix: "todo-1m-validate-" });
  try {
    await using nats = await startNatsServer({ dataDir });
    const connection = await connectNats({ url: nats.url, name: "validate" });
    await applyStreams(connection);
    const ids: string[] = [];
    while (ids.length < groups) {
      ids.push(await writeGroup(connection, { events: history, perCommit: 1 }));
    }
    await using streamers = await startStreamers(nats.url, 2);
    const outcome = await strike(streamers.all, {
      groupIds: Array.from(groupOf, (group) => ids[group] ?? ""),
      draws,
    });
    await connection.close();
    return outcome;
  } finally {
    await Deno.remove(dataDir, { recursive: true });
  }
}

async function strike(
  streamers: readonly RealStreamer[],
  { groupIds, draws }: { readonly groupIds: readonly string[]; readonly draws: Random },
): Promise<Outcome> {
  const recoveries = new Recoveries(sessions);
  const figures = new Figures(STEADY_MS + WAIT_MS);
  const routed = new Set(streamers);
  const readers: (StreamReader | undefined)[] = new Array(sessions).fill(undefined);
  const over = new AbortController();
  const startedAt = performance.now();
  const now = () => performance.now() - startedAt;
  const open = async (session: number, cursor: string | undefined) => {
    const streamer = draws.pick([...routed]);
    const groupId = groupIds[session] ?? "";
    const reader = await StreamReader.open(streamer.port, streamer.bearer, [groupId], { cursor });
    readers[session] = reader;
    return { reader, streamer };
  };
  const comeBack = async (session: number, cursor: string | undefined) => {
    let [failures, startedMs] = [0, -Infinity];
    while (!over.signal.aborted) {
      const loss = { lastedMs: now() - startedMs, floorMs: 0 };
      const next = reconnectAfter(failures, loss, draws.next());
      failures = next.failures;
      await pause(next.waitMs);
      startedMs = now();
      try {
        await open(session, cursor);
        figures.add("opens", Math.max(0, now() - struckAtMs));
        return recoveries.back(session, now());
      } catch (error) {
        // Refused, or reset: the page tries again.
        if (!(error instanceof Deno.errors.ConnectionRefused || error instanceof Error)) {
          throw error;
        }
      }
    }
  };
  const [victim] = streamers;
  const victims: { readonly session: number; readonly reader: StreamReader }[] = [];
  for (let session = 0; session < sessions; session++) {
    const { reader, streamer } = await open(session, undefined);
    if (streamer === victim) victims.push({ session, reader });
  }
  await pause(STEADY_MS);
  const struckAtMs = now();
  const back = victims.map(async ({ session, reader }) => {
    await reader.ended;
    recoveries.lose(session, struckAtMs);
    await comeBack(session, reader.cursor);
  });
  await victim?.kill();
  await Promise.all([
    pause(NOTICED_AFTER_MS).then(() => void (victim && routed.delete(victim))),
    Promise.race([Promise.all(back), pause(WAIT_MS).then(() => over.abort())]),
  ]);
  for (const reader of readers) reader?.close();
  const peakOpens = figures.peak("opens");
  return { lost: recoveries.lost, ...recoveries.summary(), peakOpens };
}

const [real, model] = [await measured(), await simulated()];
const factor = (measuredValue: number, simulatedValue: number) =>
  Math.max(measuredValue / simulatedValue, simulatedValue / measuredValue);
const rows = [
  ["streams lost", real.lost, model.lost],
  ["95 % back after, ms", real.p95Ms, model.p95Ms],
  ["all back after, ms", real.allMs, model.allMs],
  ["opened in the busiest second", real.peakOpens, model.peakOpens],
] as const;
let worst = 1;
for (const [what, measuredValue, simulatedValue] of rows) {
  const apart = factor(measuredValue, simulatedValue);
  worst = Math.max(worst, apart);
  console.log(
    `${what.padEnd(30)} measured ${measuredValue.toFixed(0).padStart(6)}   ` +
      `simulated ${simulatedValue.toFixed(0).padStart(6)}   factor ${apart.toFixed(2)}`,
  );
}
console.log(
  `${sessions} streams, seed ${values.seed}, load average ${Deno.loadavg()[0]?.toFixed(1)}`,
);
Deno.exit(worst <= Number(values.factor) ? 0 : 1);
