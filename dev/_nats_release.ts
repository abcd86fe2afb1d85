/**
 * The NATS server from its official GitHub release, by version and SHA-256.
 *
 * The sums are pins collected from public build scripts that pin the same archives; they could not be
 * compared with the release's own SHA256SUMS where this was written (GitHub is out of reach there). A
 * wrong pin refuses the download and the next source takes over; nothing unverified is ever run. A
 * platform without a row has no known pin and takes the next source as well.
 */
import { fileFromTarGz } from "./_archive.ts";
import {
  binaryName,
  installServer,
  type NatsSource,
  NotHere,
  pinnedVersion,
  sha256,
} from "./_nats_source.ts";

interface Release {
  readonly version: string;
  readonly asset: string;
  readonly sha256: string;
}

/** Keyed by `Deno.build.os-Deno.build.arch`. */
export const releases: Readonly<Record<string, Release>> = {
  "linux-x86_64": {
    version: pinnedVersion,
    asset: "linux-amd64",
    sha256: "bf5edc7b1ce98e885c368cb43a886eb148dc5d0551d99f3cf6141fb5e1954c70",
  },
  "linux-aarch64": {
    version: pinnedVersion,
    asset: "linux-arm64",
    sha256: "e2fbab4cad7d3c76e3052eb959570393c9d73ba756b70bf8e9eea61e9ae6d49c",
  },
  "darwin-aarch64": {
    version: "2.15.0",
    asset: "darwin-arm64",
    sha256: "e1c4e22d70bd44abfa0bcb3c16f7cf0c66f648c2e728c58924e8a1ce88913cc8",
  },
};

const origin = "https://github.com/nats-io/nats-server/releases/download";
const answerTimeoutMs = 10_000;
const timeLimitMs = 90_000;

/** Downloads the archive, compares its SHA-256, takes the server out. */
export const releaseSource: NatsSource = {
  label: "official release",
  timeLimitMs,
  async acquire(targetDir) {
    const platform = `${Deno.build.os}-${Deno.build.arch}`;
    const release = releases[platform];
    if (!release) throw new NotHere(`no pinned checksum for ${platform}`);
    const name = `nats-server-v${release.version}-${release.asset}.tar.gz`;
    const bytes = await download(`${origin}/v${release.version}/${name}`);
    const actual = await sha256(bytes);
    if (actual !== release.sha256) {
      throw new Error(`${name} has SHA-256 ${actual}, expected ${release.sha256}`);
    }
    const server = await fileFromTarGz(bytes, (entry) => entry.endsWith(`/${binaryName}`));
    if (!server) throw new Error(`${name} holds no ${binaryName}`);
    return await installServer(server, targetDir);
  },
};

async function download(url: string): Promise<Uint8Array> {
  const limit = new AbortController();
  const noAnswer = setTimeout(
    () => limit.abort(new Error(`no answer within ${answerTimeoutMs / 1_000} s`)),
    answerTimeoutMs,
  );
  try {
    const response = await fetch(url, {
      signal: AbortSignal.any([limit.signal, AbortSignal.timeout(timeLimitMs)]),
    });
    clearTimeout(noAnswer);
    if (!response.ok) {
      await response.body?.cancel();
      throw new Error(`the download answered ${response.status}`);
    }
    return await response.bytes();
  } catch (error) {
    // The runtime's message holds the address; a person needs to know only that it is out of reach.
    if (error instanceof TypeError) throw new Error("GitHub cannot be reached", { cause: error });
    throw error;
  } finally {
    clearTimeout(noAnswer);
  }
}
