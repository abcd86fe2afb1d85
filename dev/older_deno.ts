/**
 * The oldest Deno the edge has to run on, from npm. It is fetched once into the cache shared by all
 * checkouts, by the Deno that runs this, so that no Node is needed.
 */
import { DevError, sentenceOf } from "./_error.ts";
import { type Finished, lastLine, run } from "./_exec.ts";
import { isFile, removeIfThere } from "./_files.ts";
import { cacheDir } from "./_paths.ts";
import { type Say, say as sayAloud, step } from "./_say.ts";

/** What Deno Deploy says it runs on. */
const version = "2.5.0";
const fetchLimitMs = 180_000;

/** Options of `olderDeno`; tests pass their own folder. */
interface OlderDenoOptions {
  readonly say?: Say;
  readonly targetDir?: string;
}

/** A Deno that is not the one that runs this. */
interface OlderDeno {
  readonly version: string;
  /** The program. */
  readonly path: string;
}

/** Finds or fetches it; throws `DevError` "download-failed" when npm cannot be reached. */
export async function olderDeno(options: OlderDenoOptions = {}): Promise<OlderDeno> {
  const { say = sayAloud, targetDir = `${cacheDir()}/deno-${version}` } = options;
  const name = packageName();
  const windows = Deno.build.os === "windows";
  const path = `${targetDir}/node_modules/${name}/deno${windows ? ".exe" : ""}`;
  if (!await isFile(path)) {
    await step(`Deno ${version} fetched from npm`, () => fetchPackage(name, targetDir), { say });
    if (!windows) await Deno.chmod(path, 0o755);
  }
  await verify(path, targetDir);
  return { version, path };
}

function packageName(): string {
  const { os, arch } = Deno.build;
  const cpu = arch === "x86_64" ? "x64" : "arm64";
  const names: Partial<Record<typeof os, string>> = {
    linux: `@deno/linux-${cpu}-glibc`,
    darwin: `@deno/darwin-${cpu}`,
    windows: `@deno/win32-${cpu}`,
  };
  const name = names[os];
  if (name === undefined) throw failure(`npm has none for ${os}`);
  return name;
}

async function fetchPackage(name: string, targetDir: string): Promise<void> {
  await Deno.mkdir(targetDir, { recursive: true });
  const manifest = { private: true, dependencies: { [name]: version } };
  await Deno.writeTextFile(`${targetDir}/package.json`, JSON.stringify(manifest));
  const finished = await run(Deno.execPath(), ["install", "--node-modules-dir=auto"], {
    cwd: targetDir,
    env: { NO_COLOR: "1" },
    timeoutMs: fetchLimitMs,
  });
  if (finished.success) return;
  // Deno says what is wrong first, and then where in Deno that was.
  const [, reason] = /^error: (.+)/m.exec(finished.stderr) ?? [];
  throw failure(finished.timedOut || !reason ? lastLine(finished) : reason);
}

/** What does not run, or is another version, is fetched again by the next run. */
async function verify(path: string, targetDir: string): Promise<void> {
  let finished: Finished;
  try {
    finished = await run(path, ["--version"], { timeoutMs: 20_000 });
  } catch (error) {
    await removeIfThere(targetDir);
    throw failure(sentenceOf(error));
  }
  if (finished.stdout.startsWith(`deno ${version} `)) return;
  await removeIfThere(targetDir);
  throw failure(`what came says "${lastLine(finished)}"`);
}

function failure(why: string): DevError {
  return new DevError(
    "download-failed",
    `Deno ${version} cannot be had from npm, so nothing is known of the edge there: ${why}`,
  );
}
