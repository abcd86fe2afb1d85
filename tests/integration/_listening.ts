/** What processes listen on, as the kernel tells it, and whether an address can be reached at all. */
import { execFile } from "node:child_process";
import { readdir, readFile, readlink } from "node:fs/promises";

export interface Listening {
  readonly address: string;
  readonly port: number;
}

/** In the tables of the kernel (proc(5), `/proc/net/tcp`). */
const LISTEN = "0A";

/** Every address on which the process `pid` accepts connections. */
export function listeningOf(pid: number): Promise<Listening[]> {
  return Deno.build.os === "linux" ? listeningByKernel(pid) : listeningByLsof(pid);
}

/** What systems without such tables tell: a line like `n127.0.0.1:8080` for each socket. */
async function listeningByLsof(pid: number): Promise<Listening[]> {
  const { promise, resolve } = Promise.withResolvers<string>();
  const args = ["-nP", "-a", "-iTCP", "-sTCP:LISTEN", "-p", `${pid}`, "-Fn"];
  execFile("lsof", args, (_error, out) => resolve(out));
  return [...(await promise).matchAll(/^n(.*):(\d+)$/gm)]
    .map(([, address = "", port]) => ({ address, port: Number(port) }));
}

async function listeningByKernel(pid: number): Promise<Listening[]> {
  const folder = `/proc/${pid}/fd`;
  const links = await Promise.all(
    (await readdir(folder)).map((name) => readlink(`${folder}/${name}`).catch(() => "")),
  );
  const sockets = new Set(links.flatMap((link) => /^socket:\[(\d+)\]$/.exec(link)?.[1] ?? []));
  const tables = await Promise.all(
    ["tcp", "tcp6"].map((name) => readFile(`/proc/${pid}/net/${name}`, "utf8").catch(() => "")),
  );
  return tables.flatMap((table) => table.split("\n").slice(1)).flatMap((line) => {
    const [, local = "", , state, , , , , , inode = ""] = line.trim().split(/\s+/);
    return state === LISTEN && sockets.has(inode) ? [placeOf(local)] : [];
  });
}

/** Words of four bytes, each with its lowest byte first, then the port. */
function placeOf(local: string): Listening {
  const [hex = "", port = ""] = local.split(":");
  const bytes = (hex.match(/.{8}/g) ?? []).flatMap((word) =>
    (word.match(/../g) ?? []).reverse().map((byte) => parseInt(byte, 16))
  );
  const groups = Array.from(
    { length: 8 },
    (_, i) => ((bytes[2 * i] ?? 0) * 256 + (bytes[2 * i + 1] ?? 0)).toString(16),
  );
  return {
    address: bytes.length === 4 ? bytes.join(".") : groups.join(":"),
    port: parseInt(port, 16),
  };
}

/** The addresses of this machine that others may reach. */
export function outwardAddresses(): string[] {
  return Deno.networkInterfaces()
    .filter(({ family, address }) => family === "IPv4" && !address.startsWith("127."))
    .map(({ address }) => address);
}

/** Whether somebody accepts connections there. */
export async function isOpen(hostname: string, port: number): Promise<boolean> {
  try {
    (await Deno.connect({ hostname, port })).close();
    return true;
  } catch (error) {
    if (error instanceof Deno.errors.ConnectionRefused) return false;
    throw error;
  }
}
