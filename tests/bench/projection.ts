/**
 * How fast the projector fills the read model: events put straight into the log of a throw-away NATS
 * server, projected into a throw-away database. `deno task bench:projection [events] [groups]
 * [--json FILE]`.
 */
import { parseArgs } from "node:util";
import { jetstream, type JetStreamClient } from "@nats-io/jetstream";
import { headers as newHeaders } from "@nats-io/nats-core";
import {
  DEFAULT_LIMITS,
  projectionMetrics,
  type Projector,
  startProjector,
} from "../../actors/projection/mod.ts";
import { LogBuilder, newTodo } from "../../actors/projection/testing/mod.ts";
import {
  applyStreams,
  configureLogging,
  connectNats,
  connectPostgres,
  createMetrics,
  type NatsConnection,
  pause,
} from "../../actors/platform/mod.ts";
import { headers, projectedSubject } from "../../actors/protocol/routing/mod.ts";
import { scratchDatabase, startNatsServer, startPostgres } from "../../dev/mod.ts";
import { keepCosts } from "./costs.ts";

const WINDOW = 512;
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

  const log = makeLog(events, groups);
  await publishAll(connection, log);
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
  const latencies = await paced(connection, log);
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

/** A log of `count` messages: a third each of todos made, changed and completed. */
function makeLog(count: number, groups: number): LogBuilder {
  const log = new LogBuilder();
  const last = new Map<string, string>();
  for (let i = 0; i < count; i++) {
    const group = `group-${i % groups}`;
    const round = Math.floor(i / groups) % 3;
    const todo_id = last.get(group);
    if (round === 0 || !todo_id) {
      const todo = newTodo(log, group, { title: `Buy oat milk and bread, number ${i}` });
      last.set(group, todo.id);
      log.append(group, "todo.created", { todo });
    } else if (round === 1) {
      const title = { from: `Buy oat milk, number ${i}`, to: `Buy two litres, number ${i}` };
      log.append(group, "todo.updated", { todo_id, changes: { title } });
    } else {
      const changes = { completed: { from: false, to: true }, completed_at: { to: log.now() } };
      log.append(group, "todo.completed", { todo_id, changes });
    }
  }
  return log;
}

async function publishAll(connection: NatsConnection, log: LogBuilder): Promise<void> {
  const stream = jetstream(connection);
  for (let i = 0; i < log.messages.length; i += WINDOW) {
    await Promise.all(
      log.messages.slice(i, i + WINDOW).map((message) => publish(stream, message)),
    );
  }
}

/** Publishes `message` under the fields that the host writes. */
function publish(stream: JetStreamClient, message: LogBuilder["messages"][number]) {
  const header = newHeaders();
  header.set("Nats-Expected-Stream", "EV-0");
  header.set(headers.COMMIT_ID, crypto.randomUUID());
  header.set(headers.MAILBOX_SEQUENCE, `${message.sequence}`);
  header.set(headers.CODE_VERSION, "1");
  if (message.previousHash !== "") header.set(headers.PREVIOUS_HASH, message.previousHash);
  return stream.publish(message.subject, message.data, { headers: header });
}

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
    await publish(stream, message);
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
