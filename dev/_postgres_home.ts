/**
 * Where an embedded Postgres can live. Postgres refuses to run as root, so root starts it as the user
 * "postgres", and that user must reach both the data and the programs. A checkout below a private
 * folder such as /root, or one made under umask 077, is out of its reach; then both move to /var/tmp.
 */
import { dirname } from "node:path";
import { DevError } from "./_error.ts";
import { lastLine, run, which } from "./_exec.ts";
import { sha256 } from "./_nats_source.ts";
import type { Say } from "./_say.ts";

/** Which user runs Postgres; absent: the one who runs this. */
export interface PostgresUser {
  readonly uid: number;
  readonly gid: number;
}

export interface PostgresHome {
  /** Holds the cluster (`data`) and is its working folder. */
  readonly dir: string;
  /** The installation with `bin`, `lib` and `share`. */
  readonly installation: string;
  readonly user?: PostgresUser;
}

/** Decides where the cluster wanted at `wantedDir` lives and makes its folder. */
export async function postgresHome(
  wantedDir: string,
  options: { installation: string; say: Say },
): Promise<PostgresHome> {
  const { installation, say } = options;
  if (Deno.build.os === "windows" || Deno.uid() !== 0) {
    await Deno.mkdir(wantedDir, { recursive: true, mode: 0o700 });
    return { dir: wantedDir, installation };
  }
  const user = await postgresUser();
  await Deno.mkdir(wantedDir, { recursive: true });
  await giveTo(user, wantedDir);
  await letThrough(dirname(wantedDir));
  const outside = await outsideDir(wantedDir);
  let dir = wantedDir;
  // A cluster that once had to move stays where it is, even if the way to it is open now.
  const moved = await movedPostgresDir(wantedDir);
  if (moved !== undefined || !await canReach(user, wantedDir)) {
    dir = outside;
    await makeOwn(outside);
    await giveTo(user, outside);
    say(
      `  Postgres runs as the user "postgres", which cannot reach this folder; data is in ${dir}`,
    );
  }
  if (await canRun(user, installation)) return { dir, installation, user };
  const copy = `${outside}-programs`;
  await makeOwn(copy);
  await copyReadable(installation, copy);
  return { dir, installation: copy, user };
}

/** The folder that the cluster wanted at `wantedDir` moved to, or undefined when it did not. */
export async function movedPostgresDir(wantedDir: string): Promise<string | undefined> {
  const outside = await outsideDir(wantedDir);
  return await Deno.stat(`${outside}/data`).then(() => outside, () => undefined);
}

/** Removes a cluster wherever it was put; returns the folders that were removed. */
export async function removePostgresHome(wantedDir: string): Promise<string[]> {
  const outside = await outsideDir(wantedDir);
  const removed: string[] = [];
  for (const dir of [outside, `${outside}-programs`, wantedDir]) {
    try {
      await Deno.remove(dir, { recursive: true });
      removed.push(dir);
    } catch (error) {
      if (!(error instanceof Deno.errors.NotFound)) throw error;
    }
  }
  return removed;
}

async function outsideDir(wantedDir: string): Promise<string> {
  const key = (await sha256(new TextEncoder().encode(wantedDir))).slice(0, 12);
  return `/var/tmp/todo-1m-postgres-${key}`;
}

/** Makes a folder in a place where anyone can make folders; refuses one that someone else made. */
async function makeOwn(dir: string): Promise<void> {
  await Deno.mkdir(dir, { mode: 0o711 }).catch((error) => {
    if (!(error instanceof Deno.errors.AlreadyExists)) throw error;
  });
  const info = await Deno.lstat(dir);
  const user = await postgresUser();
  if (!info.isDirectory || (info.uid !== 0 && info.uid !== user.uid)) {
    throw new DevError("database-unavailable", `"${dir}" belongs to someone else; remove it`);
  }
}

async function giveTo(user: PostgresUser, dir: string): Promise<void> {
  await Deno.chown(dir, user.uid, user.gid);
  await Deno.chmod(dir, 0o700);
}

/** Lets others pass through our own data folder, not list it: a temporary folder is private. */
async function letThrough(dir: string): Promise<void> {
  const { mode, uid } = await Deno.stat(dir);
  if (uid === 0 && mode !== null) await Deno.chmod(dir, (mode & 0o777) | 0o011);
}

async function canReach(user: PostgresUser, dir: string): Promise<boolean> {
  const finished = await run("test", ["-w", dir], { ...user, cwd: "/", timeoutMs: 10_000 });
  return finished.success;
}

async function canRun(user: PostgresUser, installation: string): Promise<boolean> {
  try {
    const probe = { ...user, cwd: "/", timeoutMs: 10_000 };
    const program = await run(`${installation}/bin/initdb`, ["--version"], probe);
    const data = await run("test", ["-r", `${installation}/share/postgresql/postgres.bki`], probe);
    return program.success && data.success;
  } catch (error) {
    if (error instanceof Deno.errors.PermissionDenied) return false;
    throw error;
  }
}

async function copyReadable(from: string, to: string): Promise<void> {
  const copied = await run("cp", ["-R", `${from}/.`, to], { timeoutMs: 60_000 });
  if (!copied.success) {
    throw new DevError("database-unavailable", `Cannot copy Postgres: ${lastLine(copied)}`);
  }
  await run("chmod", ["-R", "a+rX", to], { timeoutMs: 60_000 });
}

/** The system user "postgres", made when it is missing. */
async function postgresUser(): Promise<PostgresUser> {
  const existing = await lookUp();
  if (existing) return existing;
  const attempts: [string, string[]][] = [
    ["useradd", ["--system", "--user-group", "--no-create-home", "postgres"]],
    ["adduser", ["-S", "-D", "-H", "postgres"]],
  ];
  for (const [command, args] of attempts) {
    if (await which(command)) await run(command, args, { timeoutMs: 20_000 });
    const made = await lookUp();
    if (made) return made;
  }
  throw new DevError(
    "database-unavailable",
    'Postgres does not run as root, and a user "postgres" could not be made; ' +
      "run this as an ordinary user, or set DATABASE_URL",
  );
}

async function lookUp(): Promise<PostgresUser | undefined> {
  const [uid, gid] = await Promise.all(["-u", "-g"].map(async (flag) => {
    const finished = await run("id", [flag, "postgres"], { timeoutMs: 10_000 });
    return finished.success ? Number(finished.stdout) : NaN;
  }));
  return uid === undefined || gid === undefined || isNaN(uid) || isNaN(gid)
    ? undefined
    : { uid, gid };
}
