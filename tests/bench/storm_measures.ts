/**
 * What a reconnect storm asks of Postgres: streams of a running stack are all cut at once and resumed, again
 * and again, half of them through the edge, as browsers do where no gateway stands in front, and half at the
 * streamer. Each has missed commits, so each is given more than its head.
 */
import * as v from "valibot";
import { connectPostgres, pause, type Sql } from "../../actors/platform/mod.ts";
import { newId } from "../../actors/protocol/mod.ts";
import { eachAtOnce } from "../support/each_at_once.ts";
import { Http, User } from "../support/edge_user.ts";
import type { Figure } from "./stream_goals.ts";
import { StreamReader } from "./stream_reader.ts";

/** Below what a user may have in development. */
const STREAMS_OF_A_USER = 48;
const MISSED = 5;
/** How long a backend of Postgres may keep to itself what it has counted: PGSTAT_IDLE_INTERVAL, and a little. */
const COUNTED_AFTER_MS = 11_000;

const Counted = v.object({ queries: v.pipe(v.string(), v.toNumber()) });

export interface Storm {
  readonly url: string;
  readonly streamerUrl: string;
  readonly databaseUrl: string;
  readonly users: number;
  readonly rounds: number;
  /** What the stack asks of Postgres anyway is measured for so long, and taken off; 0: nothing is taken off,
   * and some of what made the groups counts, too. */
  readonly quietSeconds: number;
}

/** A stream that can be resumed where it was before the commits that it has missed. */
interface Place {
  readonly port: number;
  readonly token: string;
  readonly groupId: string;
  readonly cursor: string | undefined;
}

/** Runs the storm; queries of Postgres for each stream that was resumed. */
export async function measureStorm(storm: Storm): Promise<Figure> {
  const { rounds, quietSeconds } = storm;
  const places = await placesOf(storm);
  await using sql = sqlOf(storm);
  const count = async () => v.parse(Counted, (await queriesSoFar(sql))[0]).queries;
  const usualPerMs = quietSeconds > 0 ? await usualOf(count, quietSeconds * 1_000) : 0;
  const [before, startedAt] = [await count(), performance.now()];
  let [resumed, refused] = [0, 0];
  for (let round = 0; round < rounds; round++) {
    const readers: StreamReader[] = [];
    await eachAtOnce(places, async ({ port, token, groupId, cursor }) => {
      try {
        readers.push(await StreamReader.open(port, token, [groupId], { cursor, prompt: false }));
      } catch (error) {
        if (!/^HTTP\/1\.1 (429|503)/.test(error instanceof Error ? error.message : "")) throw error;
        refused++;
      }
    });
    resumed += readers.length;
    for (const reader of readers) reader.close();
  }
  const tookMs = performance.now() - startedAt;
  await pause(COUNTED_AFTER_MS);
  const usual = Math.round(usualPerMs * (performance.now() - startedAt));
  const queries = await count() - before;
  return {
    id: "G10",
    value: Math.max(0, queries - usual) / resumed,
    beside: [
      `${resumed} streams resumed in ${(tookMs / 1_000).toFixed(1)} s, ${refused} told to wait`,
      `${queries} queries meanwhile, of which the stack makes ${
        usual.toFixed(0)
      } when nothing happens`,
    ],
  };
}

/** What is counted in a millisecond in which nothing happens. */
async function usualOf(count: () => Promise<number>, forMs: number): Promise<number> {
  // What made the groups is projected and counted first.
  await pause(COUNTED_AFTER_MS);
  const before = await count();
  await pause(forMs);
  return (await count() - before) / forMs;
}

/** Makes users with a group each, and notes where their streams are; then more is committed. */
async function placesOf({ url, streamerUrl, users }: Storm): Promise<Place[]> {
  using http = new Http(url);
  const doors = [url, streamerUrl].map((each) => Number(new URL(each).port));
  const places: Place[] = [];
  for (let index = 0; index < users; index++) {
    const user = await User.register(http, "storm");
    const groupId = await user.createGroup("Storm");
    const reader = await StreamReader.open(doors[1] ?? 0, user.token, [groupId]);
    const { cursor } = reader;
    reader.close();
    for (let made = 0; made < MISSED; made++) {
      const payload = { todo_id: newId(), title: "Buy milk" };
      await user.commit(groupId, { type: "todo.create", payload });
    }
    for (let made = 0; made < STREAMS_OF_A_USER; made++) {
      places.push({ port: doors[made % doors.length] ?? 0, token: user.token, groupId, cursor });
    }
  }
  return places;
}

/** A connection whose own counting is as nothing beside what it counts. */
function sqlOf({ databaseUrl }: Storm): Sql & AsyncDisposable {
  const sql = connectPostgres(databaseUrl, { name: "bench", max: 1 });
  return Object.assign(sql, { [Symbol.asyncDispose]: () => sql.end() });
}

/** Statements that the database has run, a transaction each where none is asked for. */
function queriesSoFar(sql: Sql): Promise<readonly unknown[]> {
  return sql`select (xact_commit + xact_rollback)::text as queries
    from pg_stat_database where datname = current_database()`;
}
