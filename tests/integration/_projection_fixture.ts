/**
 * A projector's surroundings for one test: a NATS server and a database of its own, so that the log can be
 * written by hand, and the read model as plain data to compare with.
 */
import { jetstream } from "@nats-io/jetstream";
import { headers as newHeaders } from "@nats-io/nats-core";
import {
  projectionMetrics,
  type Projector,
  type ProjectorOptions,
  startProjector,
} from "../../actors/projection/mod.ts";
import { readTables, type Tables } from "../../actors/projection/testing/mod.ts";
import {
  applyStreams,
  connectNats,
  connectPostgres,
  createMetrics,
  DEFAULT_STREAM_SETTINGS,
  type Metrics,
  type NatsConnection,
  type Sql,
} from "../../actors/platform/mod.ts";
import { headers } from "../../actors/protocol/routing/mod.ts";
import { scratchDatabase, startNatsServer } from "../../dev/mod.ts";
import { eventually, setting } from "../support/eventually.ts";

interface Message {
  readonly subject: string;
  readonly data: Uint8Array;
  /** What it names as the hash of the message before it; nothing when absent or empty. */
  readonly previousHash?: string;
}

export interface ProjectionFixture {
  readonly connection: NatsConnection;
  readonly natsUrl: string;
  readonly natsPid: number;
  readonly databaseUrl: string;
  readonly sql: Sql;
  readonly metrics: Metrics;
  /** How many streams the log is cut into. */
  readonly shards: number;
  /** Appends messages to the log, in order. */
  publish(messages: readonly Message[]): Promise<void>;
  /** Starts a projector; it is stopped with the fixture at the latest. */
  start(options?: Partial<ProjectorOptions>): Projector;
  /** The read model as it stands. */
  tables(): Promise<Tables>;
  /** Waits until the log, which is one stream, is projected up to `sequence`. */
  projected(sequence: number, timeoutMs?: number): Promise<void>;
}

export interface FixtureOptions {
  /** The Postgres server whose database it is; the stack's when absent. */
  readonly serverUrl?: string;
  /** How many streams the log is cut into; 1 when absent. */
  readonly shards?: number;
}

/** Runs `body` with a fixture. */
export async function withProjection(
  body: (fixture: ProjectionFixture) => Promise<void>,
  { serverUrl = setting("TEST_DATABASE_URL"), shards = 1 }: FixtureOptions = {},
): Promise<void> {
  const dataDir = await Deno.makeTempDir({ prefix: "todo-1m-projection-" });
  const projectors: Projector[] = [];
  try {
    await using nats = await startNatsServer({ dataDir });
    await using database = await scratchDatabase(serverUrl);
    const connection = await connectNats({ url: nats.url, name: "test" });
    const sql = connectPostgres(database.url, { name: "test", max: shards + 2 });
    try {
      await applyStreams(connection, { ...DEFAULT_STREAM_SETTINGS, shards });
      const metrics = createMetrics("test");
      const measured = projectionMetrics(metrics);
      await body({
        connection,
        natsUrl: nats.url,
        natsPid: nats.pid,
        databaseUrl: database.url,
        sql,
        metrics,
        shards,
        publish: (messages) => publish(connection, messages),
        start(options = {}) {
          const all = { connection, sql, shard: 0, metrics: measured, ...options };
          const projector = startProjector(all);
          projectors.push(projector);
          return projector;
        },
        tables: () => readTables(sql),
        projected: (sequence, timeoutMs) =>
          eventually(
            async () => {
              const [row] = await sql<{ at: number }[]>`
              select last_sequence::float8 as at from projection_streams`;
              return (row?.at ?? 0) >= sequence;
            },
            `the log to be projected up to ${sequence}`,
            timeoutMs,
          ),
      });
    } finally {
      for (const projector of projectors) await projector[Symbol.asyncDispose]();
      await sql.end({ timeout: 1 });
      await connection.close();
    }
  } finally {
    await Deno.remove(dataDir, { recursive: true });
  }
}

async function publish(connection: NatsConnection, messages: readonly Message[]): Promise<void> {
  const stream = jetstream(connection);
  for (let i = 0; i < messages.length; i += 256) {
    await Promise.all(
      messages.slice(i, i + 256).map(({ subject, data, previousHash }) => {
        const header = newHeaders();
        if (previousHash) header.set(headers.PREVIOUS_HASH, previousHash);
        return stream.publish(subject, data, { headers: header });
      }),
    );
  }
}
