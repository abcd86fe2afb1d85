/** Applies the SQL files in `migrations/` with dbmate. */
import { resolveBinary } from "dbmate";
import postgres from "postgres";
import { DevError } from "./_error.ts";
import { lastLine, run } from "./_exec.ts";
import { rootDir } from "./_paths.ts";

const timeLimitMs = 60_000;

/**
 * Brings a database to the newest version; makes the database when it is missing. Returns the names of
 * the files it applied.
 */
export async function migrate(databaseUrl: string): Promise<string[]> {
  const url = new URL(databaseUrl);
  // dbmate's driver insists on TLS unless told otherwise; a loopback server has none.
  const local = ["127.0.0.1", "localhost", "[::1]"].includes(url.hostname);
  if (local && !url.searchParams.has("sslmode")) url.searchParams.set("sslmode", "disable");
  const finished = await run(resolveBinary(), [
    "--no-dump-schema",
    "--migrations-dir",
    `${rootDir}/migrations`,
    "up",
  ], { cwd: rootDir, env: { DATABASE_URL: url.href }, timeoutMs: timeLimitMs });
  if (!finished.success) {
    throw new DevError(
      "migration-failed",
      `The database cannot be migrated: ${lastLine(finished)}`,
    );
  }
  return [...finished.stdout.matchAll(/^Applied: (\S+\.sql)/gm)].map(([, name = ""]) => name);
}

/** Makes an empty database when it is missing. */
export async function createDatabase(databaseUrl: string): Promise<void> {
  const url = new URL(databaseUrl);
  const name = url.pathname.slice(1);
  url.pathname = "/postgres";
  const sql = postgres(url.href, { max: 1 });
  try {
    const found = await sql`select 1 from pg_database where datname = ${name}`;
    if (found.length === 0) await sql`create database ${sql(name)}`;
  } finally {
    await sql.end({ timeout: 1 });
  }
}

/** A database of one's own, made from the migrations. */
export interface ScratchDatabase extends AsyncDisposable {
  readonly url: string;
  drop(): Promise<void>;
}

/** Makes a throw-away database with all tables on the server of `serverUrl`. */
export async function scratchDatabase(serverUrl: string): Promise<ScratchDatabase> {
  const url = new URL(serverUrl);
  const name = `scratch_${crypto.randomUUID().replaceAll("-", "")}`;
  url.pathname = `/${name}`;
  await migrate(url.href);
  const drop = async () => {
    const sql = postgres(serverUrl, { max: 1 });
    try {
      await sql`drop database if exists ${sql(name)} with (force)`;
    } finally {
      await sql.end({ timeout: 1 });
    }
  };
  return { url: url.href, drop, [Symbol.asyncDispose]: drop };
}
