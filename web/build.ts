/**
 * Builds the browser's assets into `web/assets/`: stylesheet, one bundle per page with shared chunks,
 * favicon, manifest. Every file is named after its content. Fails when a page grows beyond its budget.
 *
 * Files are added before the manifest that names them is replaced, and old ones stay for a while, so that
 * a server which is running on the build before goes on working.
 *
 * Run with `deno run -A web/build.ts`.
 */
import { createHash } from "node:crypto";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import type { Manifest } from "./_assets.ts";

const WEB = import.meta.dirname ?? ".";
const ROOT = join(WEB, "..");
const OUT = join(WEB, "assets");
const PUBLIC = "/assets/";
/** What Deno puts below the bundler's messages. */
const RUNTIME_STACK = /(?:error: bundling failed\s*)?Stack backtrace:/;
/** How the names of the folders begin that builds work in. */
const STAGING = "web-build-";
/** Browser entries by page, with the most gzipped JavaScript each may load at first. */
const PAGES = { login: 20_000, app: 45_000 } as const;
/** The same for each file that a page loads when it is first needed. */
const LATER_BUDGET = 25_000;
const CSS_BUDGET = 12_000;
/** How long files of earlier builds are kept. */
const KEPT_MS = 60 * 60 * 1000;

/** A file under its hashed name, with the public path it is served at. */
interface Built {
  readonly path: string;
  readonly gzipBytes: number;
}

async function main(): Promise<void> {
  const started = performance.now();
  const runtime = join(ROOT, ".runtime");
  await Deno.mkdir(runtime, { recursive: true });
  using _running = await joinBuilds(runtime);
  const staging = await Deno.makeTempDir({ dir: runtime, prefix: STAGING });
  try {
    await Promise.all([buildStyles(staging), buildScripts(staging)]);
    await Deno.mkdir(join(staging, "out"));
    const files: Record<string, string> = {};
    const styles = await place(staging, "styles.css", join(staging, "styles.css"));
    files["styles.css"] = styles.path;
    files["favicon.svg"] =
      (await place(staging, "favicon.svg", join(WEB, "static/favicon.svg"))).path;
    const { entries, sizes, later } = await placeScripts(staging);
    const manifest: Manifest = { files, entries };
    await Deno.writeTextFile(join(staging, "out/manifest.json"), JSON.stringify(manifest, null, 2));
    report([
      ["styles", styles.gzipBytes, CSS_BUDGET],
      ...Object.entries(PAGES).map(([page, budget]) =>
        [page, sizes[page] ?? 0, budget] as [string, number, number]
      ),
      ...later.map(([name, size]) => [name, size, LATER_BUDGET] as [string, number, number]),
    ]);
    await publish(join(staging, "out"));
  } finally {
    await Deno.remove(staging, { recursive: true });
  }
  console.log(`Built the web assets in ${Math.round(performance.now() - started)} ms`);
}

/**
 * Removes what interrupted builds have left in `runtime`, and keeps others from removing this one's
 * files until the result is disposed of. Builds may run side by side.
 */
async function joinBuilds(runtime: string): Promise<Disposable> {
  const lock = await Deno.open(join(runtime, "web-build.lock"), { create: true, write: true });
  if (await lock.tryLock(true)) {
    for await (const { name } of Deno.readDir(runtime)) {
      if (name.startsWith(STAGING)) await Deno.remove(join(runtime, name), { recursive: true });
    }
    await lock.unlock();
  }
  await lock.lock(false);
  return lock;
}

async function buildStyles(staging: string): Promise<void> {
  await deno(
    "run",
    "-A",
    "@tailwindcss/cli",
    "--input",
    join(WEB, "styles/app.css"),
    "--output",
    join(staging, "styles.css"),
    "--minify",
  );
}

async function buildScripts(staging: string): Promise<void> {
  await deno(
    "bundle",
    "--quiet",
    "--platform",
    "browser",
    "--code-splitting",
    "--minify",
    "--outdir",
    join(staging, "scripts"),
    ...Object.keys(PAGES).map((page) => join(WEB, "client", `${page}.ts`)),
  );
}

/** What a person can mend: shown as it is, because where in this file it was noticed does not matter. */
class BuildError extends Error {
  override readonly name = "BuildError";
}

/** Runs this same Deno; its output is shown only when it fails. */
async function deno(...args: string[]): Promise<void> {
  const { success, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args,
    cwd: ROOT,
    env: { NO_COLOR: "1" },
    stdout: "piped",
    stderr: "piped",
  }).output();
  if (success) return;
  const text = new TextDecoder();
  const [said] = (text.decode(stdout) + text.decode(stderr)).split(RUNTIME_STACK);
  throw new BuildError(`Cannot build: "deno ${args[0]}" failed\n${said?.trim()}`);
}

/** Puts the file `from` into the output under a name made of `name` and the hash of its content. */
async function place(staging: string, name: string, from: string): Promise<Built> {
  const bytes = await Deno.readFile(from);
  const hash = createHash("sha256").update(bytes).digest("hex").slice(0, 12);
  const hashed = name.replace(/(\.[a-z]+)$/, `-${hash}$1`);
  await Deno.writeFile(join(staging, "out", hashed), bytes);
  return { path: PUBLIC + hashed, gzipBytes: gzipSync(bytes, { level: 9 }).length };
}

/** Chunks, also those that a page loads later, carry a hash already; the entries get theirs here. */
async function placeScripts(staging: string) {
  const folder = join(staging, "scripts");
  const sizes: Record<string, number> = {};
  const entries: Record<string, { src: string; preload: string[] }> = {};
  const pages = Object.keys(PAGES).map((page) => `${page}.js`);
  const chunks = new Map<string, number>();
  for await (const { name } of Deno.readDir(folder)) {
    if (pages.includes(name)) continue;
    const bytes = await Deno.readFile(join(folder, name));
    await Deno.writeFile(join(staging, "out", name), bytes);
    chunks.set(name, gzipSync(bytes, { level: 9 }).length);
  }
  for (const page of Object.keys(PAGES)) {
    const file = join(folder, `${page}.js`);
    const preload = await importsOf(folder, `${page}.js`);
    const built = await place(staging, `${page}.js`, file);
    entries[page] = { src: built.path, preload: preload.map((name) => PUBLIC + name) };
    sizes[page] = preload.reduce((sum, name) => sum + (chunks.get(name) ?? 0), built.gzipBytes);
  }
  const first = new Set(Object.values(entries).flatMap(({ preload }) => preload));
  const later = [...chunks].filter(([name]) => !first.has(PUBLIC + name));
  return { entries, sizes, later };
}

/** The chunks that `file` imports statically, directly or through others. */
async function importsOf(folder: string, file: string, seen: string[] = []): Promise<string[]> {
  const text = await Deno.readTextFile(join(folder, file));
  for (const [, name] of text.matchAll(/(?:from|import)\s*"\.\/(chunk-[A-Za-z0-9]+\.js)"/g)) {
    if (name === undefined || seen.includes(name)) continue;
    seen.push(name);
    await importsOf(folder, name, seen);
  }
  return seen;
}

/** Prints the sizes against their budgets and throws when one is exceeded. */
function report(sizes: readonly (readonly [what: string, bytes: number, budget: number])[]): void {
  for (const [what, bytes, budget] of sizes) {
    const kB = (value: number) => `${(value / 1000).toFixed(1)} kB`;
    console.log(`${what.padEnd(24)} ${kB(bytes).padStart(8)} gzip of ${kB(budget)}`);
  }
  const over = sizes.filter(([, bytes, budget]) => bytes > budget).map(([what]) => what);
  if (over.length > 0) throw new BuildError(`Cannot build: over budget: ${over.join(", ")}`);
}

/** Moves the files of `fresh` into place, the manifest last, and lets go of what is long out of use. */
async function publish(fresh: string): Promise<void> {
  await Deno.mkdir(OUT, { recursive: true });
  const names: string[] = [];
  for await (const { name } of Deno.readDir(fresh)) names.push(name);
  names.sort((a, b) => Number(a === "manifest.json") - Number(b === "manifest.json"));
  for (const name of names) await Deno.rename(join(fresh, name), join(OUT, name));
  for await (const { name } of Deno.readDir(OUT)) {
    const { mtime } = await Deno.stat(join(OUT, name));
    const old = mtime !== null && Date.now() - mtime.getTime() > KEPT_MS;
    if (old && !names.includes(name)) await Deno.remove(join(OUT, name));
  }
}

if (import.meta.main) {
  try {
    await main();
  } catch (error) {
    if (!(error instanceof BuildError)) throw error;
    console.error(error.message);
    Deno.exit(1);
  }
}
