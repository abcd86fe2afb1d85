/**
 * A NATS server with JetStream for this machine: the one in `NATS_URL`, or an own one on loopback.
 */
import { DevError, sentenceOf } from "./_error.ts";
import { formatVersion, isAtLeast, parseVersion } from "./_version.ts";
import { minimumVersion } from "./_nats_source.ts";
import { freePort, loopback } from "./_ports.ts";
import { type Say, say as sayAloud } from "./_say.ts";
import { natsServerBinary } from "./nats_binary.ts";
import type { ProcessSpec } from "./process_spec.ts";
import { Supervisor } from "./supervisor.ts";

/** Where a server of our own keeps its data and listens. */
export interface NatsServerOptions {
  /** Folder for the store, the configuration and the log; made when missing. */
  readonly dataDir: string;
  /** Client port; a free one when absent. */
  readonly port?: number;
  /** The program; found or fetched when absent. */
  readonly binary?: string;
  readonly say?: Say;
}

/** A running server. It is restarted, with its data and at the same port, when it dies. */
export interface NatsServer extends AsyncDisposable {
  readonly url: string;
  /** The WebSocket listener, without TLS, as the edge uses it where it has no TCP. */
  readonly wsUrl: string;
  /** The process that runs now; another one after a restart. */
  readonly pid: number;
  stop(): Promise<void>;
}

/** Starts a server for a test; a fresh one takes about 50 ms. */
export async function startNatsServer(options: NatsServerOptions): Promise<NatsServer> {
  const { dataDir, say = () => {} } = options;
  const supervisor = new Supervisor({ logDir: dataDir, say });
  const { spec, wsUrl } = await natsServerSpec({ ...options, say });
  try {
    await supervisor.start(spec);
  } catch (error) {
    await supervisor.stop();
    throw error;
  }
  return {
    url: spec.url,
    wsUrl,
    get pid() {
      return supervisor.rows[0]?.pid ?? 0;
    },
    stop: () => supervisor.stop(),
    [Symbol.asyncDispose]: () => supervisor.stop(),
  };
}

/**
 * How many processors the server's threads take: half of them, because everything else runs here too. With
 * all of two it looks for work where none is: 115 instead of 85 µs for each command (`deno task bench:commands`).
 */
function processors(): string {
  return String(Math.max(1, navigator.hardwareConcurrency >> 1));
}

/** Writes the configuration and says how to run the server under a supervisor. */
export async function natsServerSpec(
  options: NatsServerOptions,
): Promise<{ spec: ProcessSpec; wsUrl: string }> {
  const { dataDir, port = freePort(), say = sayAloud } = options;
  const binary = options.binary ?? await natsServerBinary({ say });
  const monitorPort = freePort();
  const wsPort = freePort();
  const configuration = `${dataDir}/nats-server.conf`;
  await Deno.mkdir(`${dataDir}/jetstream`, { recursive: true });
  await Deno.writeTextFile(
    configuration,
    [
      `server_name: "todo-1m-${port}"`,
      `listen: "${loopback}:${port}"`,
      `http: "${loopback}:${monitorPort}"`,
      `max_payload: 1MB`,
      `jetstream { store_dir: ${JSON.stringify(`${dataDir}/jetstream`)} }`,
      `websocket { listen: "${loopback}:${wsPort}", no_tls: true }`,
      "",
    ].join("\n"),
  );
  return {
    wsUrl: `ws://${loopback}:${wsPort}`,
    spec: {
      name: "nats",
      command: binary,
      args: ["--config", configuration],
      cwd: dataDir,
      env: { GOMAXPROCS: Deno.env.get("GOMAXPROCS") ?? processors() },
      port,
      url: `nats://${loopback}:${port}`,
      match: configuration,
      async isReady() {
        const response = await fetch(`http://${loopback}:${monitorPort}/healthz`, {
          signal: AbortSignal.timeout(2_000),
        });
        await response.body?.cancel();
        return response.ok;
      },
    },
  };
}

interface ServerInfo {
  readonly version?: string;
  readonly jetstream?: boolean;
}

/** Reads the greeting of a foreign server; throws `DevError` when it cannot be used. */
export async function checkNatsUrl(url: string): Promise<void> {
  const { hostname, port, protocol } = parseUrl(url);
  // A TLS server greets inside the encrypted connection; the clients check it when they connect.
  if (protocol !== "nats:") return;
  const info = await greeting(hostname, Number(port || "4222")).catch((error) => {
    throw new DevError(
      "nats-unavailable",
      `NATS_URL is set, but no NATS server answers at ${hostname}:${port || "4222"}: ` +
        sentenceOf(error),
      { cause: error },
    );
  });
  const version = parseVersion(info.version ?? "");
  if (!version || !isAtLeast(version, minimumVersion)) {
    throw new DevError(
      "nats-unavailable",
      `NATS_URL names a server of version ${info.version ?? "unknown"}; ` +
        `${formatVersion(minimumVersion)} or newer is needed`,
    );
  }
  if (info.jetstream !== true) {
    throw new DevError("nats-unavailable", "NATS_URL names a server without JetStream");
  }
}

function parseUrl(url: string): URL {
  const parsed = URL.parse(url.includes("://") ? url : `nats://${url}`);
  if (!parsed) {
    throw new DevError("setting-invalid", "NATS_URL is not a URL such as nats://host:4222");
  }
  return parsed;
}

async function greeting(hostname: string, port: number): Promise<ServerInfo> {
  using connection = await Deno.connect({ hostname, port, signal: AbortSignal.timeout(5_000) });
  const timer = setTimeout(() => connection.close(), 5_000);
  try {
    let text = "";
    const buffer = new Uint8Array(16_384);
    while (!text.includes("\r\n")) {
      const count = await connection.read(buffer);
      if (count === null) throw new Error("the connection was closed before a greeting");
      text += new TextDecoder().decode(buffer.subarray(0, count));
    }
    const line = text.split("\r\n")[0] ?? "";
    if (!line.startsWith("INFO ")) throw new Error("the greeting is not NATS");
    return JSON.parse(line.slice("INFO ".length)) as ServerInfo;
  } finally {
    clearTimeout(timer);
  }
}
