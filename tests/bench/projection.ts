/**
 * How fast the projector fills the read model: events put straight into the log of a throw-away NATS server,
 * projected into a throw-away database. First a backlog is caught up, then live writes are followed at a steady
 * pace, then lone events. Publisher and projections share this process, as they share the machine.
 *
 * `deno task bench:projection [events] [groups] [--shards 1|2|4] [--pace EVENTS/S] [--seconds S] [--normal
 * EVENTS/S] [--least EVENTS/S] [--times N] [--json FILE]`. Ends with exit code 1 when the backlog is caught up at
 * less than `--least` (10,000/s) or less than `--times` (3) times the normal rate, which is what
 * `bench:commands` reaches on the machine.
 */
import { parseArgs } from "node:util";
import { jetstream } from "@nats-io/jetstream";
import {
  DEFAULT_LIMITS,
  projectionMetrics,
  type Projector,
  startProjector,
} from "../../actors/projection/mod.ts";
import {
  applyStreams,
  configureLogging,
  connectNats,
  connectPostgres,
  createMetrics,
  DEFAULT_STREAM_SETTINGS,
  type NatsConnection,
  pause,
} from "../../actors/platform/mod.ts";
import { projectedSubject } from "../../actors/protocol/routing/mod.ts";
import { scratchDatabase, startNatsServer, startPostgres } from "../../dev/mod.ts";
import { quantile } from "./_command_load.ts";
import { LogFiller, publishCommit } from "./_log_filler.ts";
import { followAtPace } from "./_steady_pace.ts";
import { keepCosts } from "./costs.ts";

const LONE_EVENTS = 200;

const { values, positionals } = parseArgs({
  args: Deno.args,
  options: {
    shards: { type: "string", default: "1" },
    pace: { type: "string", default: "3000" },
    seconds: { type: "string", default: "10" },
    normal: { type: "string", default: "4000" },
    least: { type: "string", default: "10000" },
    times: { type: "string", default: "3" },
    json: { type: "string" },
  },
  allowPositionals: true,
});
const events = Number(positionals[0] ?? 100_000);
const groups = Number(positionals[1] ?? 1_000);
const shards = Number(values.shards);
if (values.json !== undefined && shards !== 1) {
  console.error("The cost that --json keeps is that of one projection: leave --shards out");
  Deno.exit(2);
}
configureLogging({ process: "bench" });

const dataDir = await Deno.makeTempDir({ prefix: "todo-1m-bench-" });
await Deno.chmod(dataDir, 0o711);
let isEnough = false;
try {
  await using nats = await startNatsServer({ dataDir });
  await using postgres = await startPostgres({ dataDir });
  await using database = await scratchDatabase(postgres.url);
  const connection = await connectNats({ url: nats.url, name: "bench" });
  isEnough = await measure(connection, database.url);
  await connection.close();
} finally {
  await Deno.remove(dataDir, { recursive: true });
}
Deno.exit(isEnough ? 0 : 1);

/** Whether the backlog was caught up fast enough. */
async function measure(connection: NatsConnection, databaseUrl: string): Promise<boolean> {
  await applyStreams(connection, { ...DEFAULT_STREAM_SETTINGS, shards });
  const sql = connectPostgres(databaseUrl, {
    name: "bench",
    max: shards + 1,
    statementTimeoutMs: 60_000,
    // As the projector's process does.
    asynchronousCommit: true,
  });
  const filler = new LogFiller(connection, groups, { shards });
  await filler.publish(events);
  const metrics = projectionMetrics(createMetrics("bench"));
  const startedAt = performance.now();
  const projectors = Array.from(
    { length: shards },
    (_, shard) => startProjector({ connection, sql, shard, metrics }),
  );
  while (projectors.reduce((sum, { position }) => sum + position, 0) < events) await pause(5);
  const seconds = (performance.now() - startedAt) / 1_000;
  const rate = events / seconds;
  console.log(
    `backlog: ${events} events of ${groups} groups over ${shards} streams in ` +
      `${seconds.toFixed(2)} s: ${Math.round(rate)} events/s (batches of up to ` +
      `${DEFAULT_LIMITS.maxMessages})`,
  );
  await keepCosts(values.json, { "projection.events_per_s": rate });
  await tellPace(connection, { filler, projectors });
  await tellLone(connection, filler);
  for (const projector of projectors) await projector.stop();
  await sql.end();
  return judge(rate);
}

async function tellPace(
  connection: NatsConnection,
  run: { readonly filler: LogFiller; readonly projectors: readonly Projector[] },
): Promise<void> {
  const pace = { perSecond: Number(values.pace), seconds: Number(values.seconds) };
  const { perSecond, lagsMs } = await followAtPace({ connection, ...run }, pace);
  console.log(
    `live: ${
      Math.round(perSecond)
    } events/s published evenly for ${pace.seconds} s are followed, ` +
      `stored to projected: ${told(lagsMs)}`,
  );
}

/** Publishes single events 20 ms apart, and tells how long each took until it was announced. */
async function tellLone(connection: NatsConnection, { log }: LogFiller): Promise<void> {
  const stream = jetstream(connection);
  const announcements = connection.subscribe(projectedSubject("paced"));
  const announced = announcements[Symbol.asyncIterator]();
  const latencies: number[] = [];
  for (let i = 0; i < LONE_EVENTS; i++) {
    log.append("paced", "group.restored", {});
    const message = log.messages.at(-1);
    if (!message) break;
    await publishCommit(stream, message, shards);
    const storedAt = performance.now();
    await announced.next();
    latencies.push(performance.now() - storedAt);
    await pause(20);
  }
  announcements.unsubscribe();
  console.log(`lone events, stored to announced: ${told(latencies.sort((a, b) => a - b))}`);
}

function judge(rate: number): boolean {
  const [normal, least, times] = [values.normal, values.least, values.times].map(Number);
  const ratio = rate / (normal ?? NaN);
  const isEnough = rate >= (least ?? NaN) && ratio >= (times ?? NaN);
  console.log(
    `catching up: ${
      ratio.toFixed(1)
    } times the normal rate of ${normal}/s, wanted are ${times} times ` +
      `and ${least}/s: ${isEnough ? "enough" : "not enough"}`,
  );
  return isEnough;
}

/** Median and p99 of `sorted` milliseconds. */
function told(sorted: readonly number[]): string {
  return `p50 ${quantile(sorted, 0.5).toFixed(1)} ms, p99 ${quantile(sorted, 0.99).toFixed(1)} ms`;
}
