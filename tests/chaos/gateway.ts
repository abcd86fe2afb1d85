/**
 * Stands in for the gateway in front of a streamer: passes bytes on, and gives up a client that has not
 * acknowledged them for as long as `k8s/gateway/envoy.yaml` says. Linux only; the runtime has no word for that
 * option of a socket, so the system's library is called.
 */
import { parseAllDocuments } from "yaml";
import * as v from "valibot";

const MANIFEST = new URL("../../k8s/gateway/envoy.yaml", import.meta.url);
const LIBRARY = "libc.so.6";
const BUFFER_BYTES = 16 * 1024;

/** An option of a listener's sockets, by the numbers that Linux has for it. */
const SocketOption = v.object({
  description: v.literal("TCP_USER_TIMEOUT"),
  level: v.number(),
  name: v.number(),
  int_value: v.number(),
});
type SocketOption = v.InferOutput<typeof SocketOption>;

const Patches = v.object({
  spec: v.object({
    jsonPatches: v.array(v.object({ operation: v.object({ value: SocketOption }) })),
  }),
});

export class Gateway implements AsyncDisposable {
  readonly port: number;
  /** How long a client may leave bytes unacknowledged, in milliseconds. */
  readonly patienceMs: number;
  readonly #listener: Deno.TcpListener;
  readonly #done: Promise<void>;

  private constructor(listener: Deno.TcpListener, patienceMs: number, streamerPort: number) {
    this.#listener = listener;
    this.port = listener.addr.port;
    this.patienceMs = patienceMs;
    this.#done = this.#accept(streamerPort);
  }

  /** Starts one on all addresses in front of the streamer at `streamerPort`. */
  static async start(streamerPort: number): Promise<Gateway> {
    const option = await userTimeout();
    const listener = Deno.listen({ hostname: "0.0.0.0", port: 0 });
    // Connections inherit it.
    setOption(await descriptorOf(listener.addr.port), option);
    return new Gateway(listener, option.int_value, streamerPort);
  }

  async #accept(port: number): Promise<void> {
    const served: Promise<void>[] = [];
    for await (const client of this.#listener) served.push(serve(client, port));
    await Promise.all(served);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#listener.close();
    await this.#done;
  }
}

/** Passes bytes on in both directions until one of them ends. */
async function serve(client: Deno.TcpConn, port: number): Promise<void> {
  const streamer = await Deno.connect({ hostname: "127.0.0.1", port });
  await Promise.race([pass(client, streamer), pass(streamer, client)]);
  client.close();
  streamer.close();
}

async function pass(from: Deno.TcpConn, to: Deno.TcpConn): Promise<void> {
  const buffer = new Uint8Array(BUFFER_BYTES);
  try {
    for (let count; (count = await from.read(buffer)) !== null;) {
      for (let sent = 0; sent < count;) sent += await to.write(buffer.subarray(sent, count));
    }
  } catch (error) {
    const { BadResource, BrokenPipe, ConnectionReset, Interrupted, TimedOut } = Deno.errors;
    const isOver = [BadResource, BrokenPipe, ConnectionReset, Interrupted, TimedOut]
      .some((kind) => error instanceof kind);
    if (!isOver) throw error;
  }
}

async function userTimeout(): Promise<SocketOption> {
  for (const document of parseAllDocuments(await Deno.readTextFile(MANIFEST))) {
    const found = v.safeParse(Patches, document.toJS());
    const [patch] = found.success ? found.output.spec.jsonPatches : [];
    if (patch) return patch.operation.value;
  }
  throw new Error(`There is no TCP_USER_TIMEOUT in ${MANIFEST.pathname}`);
}

/** The descriptor of this process' socket that listens on `port`, by the kernel's tables (proc(5)). */
async function descriptorOf(port: number): Promise<number> {
  const place = `:${port.toString(16).toUpperCase().padStart(4, "0")}`;
  const rows = (await Deno.readTextFile("/proc/self/net/tcp")).split("\n")
    .map((row) => row.trim().split(/\s+/));
  const inode = rows.find(([, local = "", , state]) => local.endsWith(place) && state === "0A")
    ?.[9];
  for await (const { name } of Deno.readDir("/proc/self/fd")) {
    if (await linkOf(`/proc/self/fd/${name}`) === `socket:[${inode}]`) return Number(name);
  }
  throw new Error(`No socket of this process listens on port ${port}`);
}

async function linkOf(path: string): Promise<string | undefined> {
  try {
    return await Deno.readLink(path);
  } catch (error) {
    // That of the directory that is being read.
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  }
}

function setOption(descriptor: number, { level, name, int_value }: SocketOption): void {
  const library = Deno.dlopen(LIBRARY, {
    setsockopt: { parameters: ["i32", "i32", "i32", "buffer", "u32"], result: "i32" },
  });
  const value = Int32Array.of(int_value);
  const { byteLength } = value;
  const failed = library.symbols.setsockopt(descriptor, level, name, value, byteLength) !== 0;
  library.close();
  if (failed) throw new Error(`Cannot set option ${name} of a socket to ${int_value}`);
}
