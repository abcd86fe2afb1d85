/**
 * What a source of the NATS server is, and the check every source's result must pass.
 */
import { lastLine, run } from "./_exec.ts";
import { formatVersion, isAtLeast, parseVersion, type Version } from "./_version.ts";

/** Oldest server with everything the streams use (atomic batches, schedules, pinned consumers). */
export const minimumVersion: Version = [2, 14, 0];

/** The version that is fetched when the machine has none. */
export const pinnedVersion = "2.15.1";

/** File name of the server here. */
export const binaryName = Deno.build.os === "windows" ? "nats-server.exe" : "nats-server";

/** Why a source has nothing for this machine: not a failure, just the next one's turn. */
export class NotHere extends Error {}

/** One way to get a server. */
export interface NatsSource {
  readonly label: string;
  readonly timeLimitMs: number;
  /**
   * Returns the path of a server, put under `targetDir` if it had to be fetched.
   * Throws `NotHere` with the reason when the machine lacks what this way needs.
   */
  acquire(targetDir: string): Promise<string>;
}

/** Runs `path --version`; throws a sentence when it does not run or is too old. */
export async function verifyServer(path: string): Promise<Version> {
  const finished = await run(path, ["--version"], { timeoutMs: 10_000 });
  const version = parseVersion(finished.stdout + finished.stderr);
  if (!finished.success || !version) throw new Error(`it does not run: ${lastLine(finished)}`);
  if (!isAtLeast(version, minimumVersion)) {
    throw new NotHere(
      `version ${formatVersion(version)} is older than ${formatVersion(minimumVersion)}`,
    );
  }
  return version;
}

/** Writes a fetched server so that nobody ever sees half of it. */
export async function installServer(content: Uint8Array, targetDir: string): Promise<string> {
  await Deno.mkdir(targetDir, { recursive: true });
  const temporary = await Deno.makeTempFile({ dir: targetDir });
  await Deno.writeFile(temporary, content);
  // Windows runs by the name alone and knows no modes.
  if (Deno.build.os !== "windows") await Deno.chmod(temporary, 0o755);
  const path = `${targetDir}/${binaryName}`;
  await Deno.rename(temporary, path);
  return path;
}

/** The SHA-256 of some bytes in hexadecimal. */
export async function sha256(bytes: Uint8Array): Promise<string> {
  const digest = await crypto.subtle.digest("SHA-256", bytes as Uint8Array<ArrayBuffer>);
  return new Uint8Array(digest).toHex();
}
