/** The projector process: wires the adapters to one projection per stream of the log. */
import {
  configureLogging,
  connectNats,
  connectPostgres,
  createMetrics,
  DEFAULT_STREAM_SETTINGS,
  logger,
  readInt,
  readString,
  serveOperations,
  unlessStopped,
  untilLogExists,
  untilShutdown,
} from "../platform/mod.ts";
import {
  jobMetrics,
  limitsAmong,
  projectionMetrics,
  startJobRunner,
  startProjector,
} from "./mod.ts";

configureLogging({ process: "projector" });
const log = logger("projection");
const shutdown = untilShutdown();
const shards = readInt("STREAM_SHARDS", DEFAULT_STREAM_SETTINGS.shards, { min: 1 });
const port = readInt("PORT");

const connection = await unlessStopped(shutdown, async () => {
  const connected = await connectNats({ url: readString("NATS_URL"), name: "projector" });
  await untilLogExists(connected, shards);
  return connected;
});
const databaseUrl = readString("DATABASE_URL");
const sql = connectPostgres(databaseUrl, {
  name: "projector",
  // One for each projection's transactions, one for rebuilding a group, one for health check and jobs.
  max: shards + 2,
  statementTimeoutMs: 30_000,
  // Rows and offset are lost together or not at all, and projected again from the log.
  asynchronousCommit: true,
});
const metrics = createMetrics("projector");
const measured = projectionMetrics(metrics);
const projectors = Array.from(
  { length: shards },
  (_, shard) =>
    startProjector({ connection, sql, shard, metrics: measured, limits: limitsAmong(shards) }),
);
const jobs = startJobRunner({
  connection,
  databaseUrl,
  sql,
  shards,
  metrics: jobMetrics(metrics),
});

const server = serveOperations({
  port,
  hostname: readString("HOST", "127.0.0.1"),
  registry: metrics.registry,
  checks: {
    nats: async () => {
      await connection.rtt();
    },
    postgres: async () => {
      await sql`select 1`;
    },
    projection: () => projectors.forEach((projector) => projector.check()),
  },
});

let exitCode = 0;
try {
  const failed = Promise.all(projectors.map(({ done }) => done));
  const signal = await Promise.race([shutdown, failed]);
  log.info("Stopping: {signal}", { signal });
} catch (error) {
  log.fatal("Projector stops: {error}", { error });
  exitCode = 1;
}
await Promise.allSettled([jobs.stop(), ...projectors.map((projector) => projector.stop())]);
await server.shutdown();
await sql.end({ timeout: 5 });
await connection.drain();
Deno.exit(exitCode);
