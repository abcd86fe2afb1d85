/**
 * Finds or fetches a NATS server, trying one source after the other, fastest first.
 * Every attempt is one visible line with its outcome; each has a time limit.
 */
import { DevError, sentenceOf } from "./_error.ts";
import { which } from "./_exec.ts";
import { isFile } from "./_files.ts";
import { debianSource } from "./_nats_debian.ts";
import { goSource } from "./_nats_go.ts";
import { releaseSource } from "./_nats_release.ts";
import { binaryName, type NatsSource, NotHere, verifyServer } from "./_nats_source.ts";
import { wheelSource } from "./_nats_wheel.ts";
import { cacheDir } from "./_paths.ts";
import { dim, duration, green, type Say, say as sayAloud, withHeartbeat } from "./_say.ts";
import { formatVersion } from "./_version.ts";

const pathSource: NatsSource = {
  label: "on PATH",
  timeLimitMs: 10_000,
  async acquire() {
    const path = await which("nats-server");
    if (!path) throw new NotHere("none");
    return path;
  },
};

const cacheSource: NatsSource = {
  label: "cached",
  timeLimitMs: 10_000,
  async acquire(targetDir) {
    const path = `${targetDir}/${binaryName}`;
    if (!await isFile(path)) throw new NotHere("none");
    return path;
  },
};

/** The order of the attempts. A set `NATS_URL` comes before all of them; see `nats_server.ts`. */
export const natsSources: readonly NatsSource[] = [
  pathSource,
  cacheSource,
  releaseSource,
  wheelSource,
  goSource,
  debianSource,
];

/** Options of `natsServerBinary`; tests pass their own sources and folder. */
export interface NatsBinaryOptions {
  readonly say?: Say;
  readonly sources?: readonly NatsSource[];
  readonly targetDir?: string;
}

/**
 * Returns the path of a `nats-server` that is new enough. `NATS_SERVER_BIN` is taken as it is.
 * Throws `DevError` "nats-unavailable" when no source works.
 */
export async function natsServerBinary(options: NatsBinaryOptions = {}): Promise<string> {
  const { say = sayAloud, sources = natsSources } = options;
  const targetDir = options.targetDir ?? `${cacheDir()}/bin`;
  const given = options.sources ? undefined : Deno.env.get("NATS_SERVER_BIN");
  if (given) {
    await verifyServer(given).catch((error) => {
      throw new DevError(
        "nats-unavailable",
        `NATS_SERVER_BIN "${given}" cannot be used: ${sentenceOf(error)}`,
      );
    });
    return given;
  }
  for (const source of sources) {
    const started = performance.now();
    const took = () => dim(duration(performance.now() - started));
    try {
      const path = await withHeartbeat(
        `NATS server: ${source.label}`,
        () => attempt(source, targetDir),
        { say },
      );
      const version = formatVersion(await verifyServer(path));
      say(`${green("✓")} NATS server: ${source.label}, version ${version} ${took()}`);
      return path;
    } catch (error) {
      const outcome = error instanceof NotHere ? error.message : `failed: ${sentenceOf(error)}`;
      say(`${dim("–")} NATS server: ${source.label}: ${outcome} ${took()}`);
    }
  }
  throw new DevError(
    "nats-unavailable",
    "No NATS server 2.14 or newer could be found or fetched; put nats-server on PATH, " +
      "or set NATS_URL to a running one",
  );
}

async function attempt(source: NatsSource, targetDir: string): Promise<string> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const limit = new Promise<never>((_, reject) => {
    timer = setTimeout(
      () => reject(new Error(`no result within ${duration(source.timeLimitMs)}`)),
      source.timeLimitMs + 5_000,
    );
  });
  try {
    return await Promise.race([source.acquire(targetDir), limit]);
  } finally {
    clearTimeout(timer);
  }
}
