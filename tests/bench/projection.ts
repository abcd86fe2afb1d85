/**
 * How fast the projector fills the read model: events put straight into the log of a throw-away NATS
 * server, projected into a throw-away database. `deno task bench:projection [events] [groups]
 * [--json FILE]`.
 */
import { parseArgs } from "node:util";
import { jetstream } from "@nats-io/jetstream";
import {
  DEFAULT_LIMITS,
  projectionMetrics,
  type Projector,
  startProjector,
} from "../../actors/projection/mod.ts";
import type { LogBuilder } from "../../actors/projection/testing/mod.ts";
import {
  applyStreams,
  configureLogging,
  connectNats,
  connectPostgres,
  createMetrics,
  type NatsConnection,
  pause,
} from "../../actors/platform/mod.ts";
import { projectedSubject } from "../../actors/protocol/routing/mod.ts";
import { scratchDatabase, startNatsServer, startPostgres } from "../../dev/mod.ts";
import { LogFiller, publishCommit } from "./_log_filler.ts";
import { keepCosts } from "./costs.ts";

const PACED_EVENTS = 200;

const { values, positionals } = parseArgs({
  args: Deno.args,
  options: { json: { type: "string" } },
  allowPositionals: true,
});
const events = Number(positionals[0] ?? 100_000);
const groups = Number(positionals[1] ?? 1_000);
configureLogging({ process: "bench" });

const dataDir = await Deno.makeTempDir({ prefix: "todo-1m-bench-" });
await Deno.chmod(dataDir, 0o711);
try {
  await using nats = await startNatsServer({ dataDir });
  await using postgres = await startPostgres({ dataDir });
  await using database = await scratchDatabase(postgres.url);
  const connection = await connectNats({ url: nats.url, name: "bench" });
  await applyStreams(connection);
  const sql = connectPostgres(database.url, { name: "bench", max: 2, statementTimeoutMs: 60_000 });
  const metrics = createMetrics("bench");

  const filler = new LogFiller(connection, groups);
  await filler.publish(events);
  const startedAt = performance.now();
  const projector = startProjector({
    connection,
    sql,
    shard: 0,
    metrics: projectionMetrics(metrics),
  });
  await until(projector, events);
  const seconds = (performance.now() - startedAt) / 1000;
  console.log(
    `${events} events of ${groups} groups in ${seconds.toFixed(2)} s: ` +
      `${Math.round(events / seconds)} events/s (batches of up to ${DEFAULT_LIMITS.maxMessages})`,
  );
  await keepCosts(values.json, { "projection.events_per_s": events / seconds });
  const latencies = await paced(connection, filler.log);
  console.log(
    `lone events, stored to announced: p50 ${percentile(latencies, 0.5)} ms, ` +
      `p99 ${percentile(latencies, 0.99)} ms`,
  );
  await projector.stop();
  await sql.end();
  await connection.close();
} finally {
  await Deno.remove(dataDir, { recursive: true });
}
Deno.exit();

async function until(projector: Projector, sequence: number): Promise<void> {
  while (projector.position < sequence) await pause(5);
}

/** Publishes single events 20 ms apart; how long each took until it was announced, in milliseconds. */
async function paced(connection: NatsConnection, log: LogBuilder): Promise<number[]> {
  const stream = jetstream(connection);
  const announcements = connection.subscribe(projectedSubject("paced"));
  const announced = announcements[Symbol.asyncIterator]();
  const latencies: number[] = [];
  for (let i = 0; i < PACED_EVENTS; i++) {
    log.append("paced", "group.restored", {});
    const message = log.messages.at(-1);
    if (!message) break;
    await publishCommit(stream, message);
    const storedAt = performance.now();
    await announced.next();
    latencies.push(performance.now() - storedAt);
    await pause(20);
  }
  announcements.unsubscribe();
  return latencies;
}

function percentile(values: readonly number[], rank: number): string {
  const sorted = values.toSorted((a, b) => a - b);
  return (sorted[Math.floor(rank * (sorted.length - 1))] ?? NaN).toFixed(1);
}
