/**
 * How fast the whole read model is rebuilt while it is written and read, and whether anybody notices: a log of
 * N events is put straight into a throw-away NATS server and projected; then it is rebuilt by a process of its
 * own while a writer goes on and readers judge every answer. `deno task bench:rebuild [events] [writes/s]`.
 */
import {
  applyStreams,
  configureLogging,
  connectNats,
  connectPostgres,
  pause,
  type Sql,
} from "../../actors/platform/mod.ts";
import { freePort, scratchDatabase, startNatsServer, startPostgres } from "../../dev/mod.ts";
import { groupName, LogFiller } from "./_log_filler.ts";
import { WatchedGroups } from "./_watched_groups.ts";

const GROUPS = 2_000;
const WATCHED = 16;
const READERS = 2;
/** Readers wait between two reads, so that there is a machine left to measure. */
const WRITE_EVERY_MS = 50;
const AROUND_SWAP_MS = 2_000;

const events = Number(Deno.args[0] ?? 100_000);
const writesPerSecond = Number(Deno.args[1] ?? 500);
configureLogging({ process: "bench" });

const dataDir = await Deno.makeTempDir({ prefix: "todo-1m-bench-" });
await Deno.chmod(dataDir, 0o711);
let exitCode = 1;
try {
  await using nats = await startNatsServer({ dataDir });
  await using postgres = await startPostgres({ dataDir });
  await using database = await scratchDatabase(postgres.url);
  exitCode = await measure(nats.url, database.url);
} finally {
  await Deno.remove(dataDir, { recursive: true });
}
Deno.exit(exitCode);

async function measure(natsUrl: string, databaseUrl: string): Promise<number> {
  const connection = await connectNats({ url: natsUrl, name: "bench" });
  await applyStreams(connection);
  const sql = connectPostgres(databaseUrl, { name: "bench", max: READERS + 2 });
  const watched = new WatchedGroups(
    sql,
    Array.from({ length: WATCHED }, (_, i) => groupName(i * Math.floor(GROUPS / WATCHED))),
  );
  const filler = new LogFiller(connection, GROUPS);
  await timed(
    `${events} events of ${GROUPS} groups published`,
    events,
    () => filler.publish(events, watched.note),
  );

  const env = { NATS_URL: natsUrl, DATABASE_URL: databaseUrl };
  const projector = run("actors/projection/main.ts", [], { ...env, PORT: `${freePort()}` });
  try {
    await timed("projected at first", events, () => projected(sql, events));
    const rows = await sql<
      { at: number }[]
    >`select last_sequence::float8 as at from projection_streams`;
    if (rows[0]?.at !== events) throw new Error("The log is not projected");

    const writing = new AbortController();
    const writer = write(filler, watched, writing.signal);
    const reading = watched.read(READERS);
    await pause(1_000);
    const startedAt = performance.now();
    const said = await output("rebuild", env);
    const seconds = (performance.now() - startedAt) / 1_000;
    const endedAt = performance.now();
    await pause(1_000);
    writing.abort();
    const written = await writer;
    watched.stop();
    await reading;
    await projected(sql, filler.count);
    console.log(said.trim().split("\n").map((line) => `  ${line}`).join("\n"));
    console.log(
      `rebuilt in ${seconds.toFixed(1)} s, process and all, while ${written} events were written ` +
        `(${Math.round(written / seconds)}/s)`,
    );
    tellReads(watched, endedAt);
    console.log((await output("check", env)).trim());
    for (const fault of watched.faults.slice(0, 10)) console.log(`WRONG READ: ${fault}`);
    console.log(`${watched.reads.length} reads, ${watched.faults.length} of them wrong`);
    return watched.faults.length === 0 ? 0 : 1;
  } finally {
    projector.kill("SIGTERM");
    await projector.status;
    await sql.end();
    await connection.close();
  }
}

/** Writes at a steady rate; how many events that were. */
async function write(
  filler: LogFiller,
  watched: WatchedGroups,
  signal: AbortSignal,
): Promise<number> {
  const startedAt = performance.now();
  let written = 0;
  while (!signal.aborted) {
    const due = Math.floor((performance.now() - startedAt) / 1_000 * writesPerSecond);
    await filler.publish(due - written, watched.note);
    written = due;
    await pause(WRITE_EVERY_MS, signal);
  }
  return written;
}

function tellReads({ reads }: WatchedGroups, swappedAt: number): void {
  const near = reads.filter(({ atMs }) => Math.abs(atMs - swappedAt) < AROUND_SWAP_MS);
  console.log(
    `reads: p50 ${at(reads, 0.5)} ms, p99 ${at(reads, 0.99)} ms, longest ${at(reads, 1)} ms; ` +
      `longest within ${AROUND_SWAP_MS / 1_000} s of the swap ${at(near, 1)} ms`,
  );
}

function at(reads: readonly { readonly tookMs: number }[], rank: number): string {
  const sorted = reads.map(({ tookMs }) => tookMs).sort((a, b) => a - b);
  return (sorted[Math.floor(rank * (sorted.length - 1))] ?? NaN).toFixed(1);
}

async function timed(what: string, count: number, action: () => Promise<void>): Promise<void> {
  const startedAt = performance.now();
  await action();
  const seconds = (performance.now() - startedAt) / 1_000;
  console.log(`${what} in ${seconds.toFixed(1)} s: ${Math.round(count / seconds)} events/s`);
}

async function projected(sql: Sql, sequence: number): Promise<void> {
  for (;;) {
    const rows = await sql<{ at: number }[]>`
      select last_sequence::float8 as at from projection_streams`;
    if ((rows[0]?.at ?? 0) >= sequence) return;
    await pause(20);
  }
}

function run(entry: string, args: string[], env: Record<string, string>): Deno.ChildProcess {
  return new Deno.Command(Deno.execPath(), {
    args: ["run", "-P=projector", "--no-check", "--frozen", entry, ...args],
    env: { LOG_LEVEL: "error", ...env },
    stdin: "null",
    stdout: "piped",
    stderr: "inherit",
  }).spawn();
}

/** Does one job; what it said. */
async function output(job: string, env: Record<string, string>): Promise<string> {
  const child = run("actors/projection/job_process/main.ts", [job], env);
  const { code, stdout } = await child.output();
  if (code !== 0) console.error(`${job} ended with ${code}`);
  return new TextDecoder().decode(stdout);
}
