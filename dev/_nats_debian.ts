/**
 * The NATS server from a newer Debian suite: apt with its own state folder asks the machine's own
 * mirror, verifies Debian's signature, and the package is unpacked, never installed. Works unprivileged.
 */
import { type AptSource, mainMirror, parseDeb822, parseSourcesList } from "./_apt_sources.ts";
import { lastLine, run, which } from "./_exec.ts";
import { isFile, readIfThere } from "./_files.ts";
import { installServer, type NatsSource, NotHere } from "./_nats_source.ts";

const timeLimitMs = 120_000;
const suite = "sid";
const keyring = "/usr/share/keyrings/debian-archive-keyring.gpg";

/** Downloads `nats-server` of the newer suite and takes the program out of the package. */
export const debianSource: NatsSource = {
  label: "newer Debian package",
  timeLimitMs,
  async acquire(targetDir) {
    for (const program of ["apt-get", "dpkg-deb"]) {
      if (!await which(program)) throw new NotHere(`no ${program} on PATH`);
    }
    const mirror = mainMirror(await machineSources());
    if (!mirror) throw new NotHere("the machine's apt sources name no mirror");
    const dir = await Deno.makeTempDir({ prefix: "todo-1m-apt-" });
    try {
      return await installServer(await fetchPackage(dir, mirror), targetDir);
    } finally {
      await Deno.remove(dir, { recursive: true });
    }
  },
};

async function fetchPackage(dir: string, mirror: AptSource): Promise<Uint8Array> {
  const deadline = performance.now() + timeLimitMs;
  for (const folder of ["lists/partial", "cache/archives/partial", "parts"]) {
    await Deno.mkdir(`${dir}/${folder}`, { recursive: true });
  }
  const signedBy = mirror.signedBy ?? keyring;
  await Deno.writeTextFile(`${dir}/status`, "");
  await Deno.writeTextFile(
    `${dir}/sources.list`,
    `deb [signed-by=${signedBy}] ${mirror.uri} ${suite} main\n`,
  );
  const settings = [
    `Dir::Etc::SourceList=${dir}/sources.list`,
    `Dir::Etc::SourceParts=${dir}/parts`,
    `Dir::State=${dir}`,
    `Dir::State::Lists=${dir}/lists`,
    `Dir::State::status=${dir}/status`,
    `Dir::Cache=${dir}/cache`,
    "APT::Sandbox::User=",
    "Acquire::Languages=none",
    "Acquire::IndexTargets::deb::DEP-11::DefaultEnabled=false",
    "Acquire::Retries=1",
    "Acquire::http::Timeout=15",
  ].flatMap((setting) => ["-o", setting]);
  const apt = async (...args: string[]) => {
    const timeoutMs = Math.max(1, deadline - performance.now());
    const finished = await run("apt-get", [...settings, "-q", ...args], { cwd: dir, timeoutMs });
    if (!finished.success) throw new Error(`apt-get ${args[0]}: ${lastLine(finished)}`);
  };
  await apt("update", "--error-on=any");
  await apt("download", "nats-server");
  const packages = (await Array.fromAsync(Deno.readDir(dir)))
    .filter((entry) => entry.name.endsWith(".deb"));
  const name = packages[0]?.name;
  if (!name) throw new Error(`suite "${suite}" has no package nats-server`);
  const unpacked = await run("dpkg-deb", ["-x", `${dir}/${name}`, `${dir}/root`], {
    timeoutMs: 30_000,
  });
  if (!unpacked.success) throw new Error(lastLine(unpacked));
  for (const path of ["usr/sbin/nats-server", "usr/bin/nats-server"]) {
    if (await isFile(`${dir}/root/${path}`)) return await Deno.readFile(`${dir}/root/${path}`);
  }
  throw new Error(`${name} holds no nats-server`);
}

async function machineSources(): Promise<AptSource[]> {
  const read = async (path: string) => await readIfThere(path) ?? "";
  const sources = parseSourcesList(await read("/etc/apt/sources.list"));
  const parts = "/etc/apt/sources.list.d";
  try {
    for await (const entry of Deno.readDir(parts)) {
      const text = () => read(`${parts}/${entry.name}`);
      if (entry.name.endsWith(".list")) sources.push(...parseSourcesList(await text()));
      if (entry.name.endsWith(".sources")) sources.push(...parseDeb822(await text()));
    }
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
  return sources;
}
