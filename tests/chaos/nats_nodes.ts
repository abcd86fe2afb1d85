/** NATS servers that a scenario may kill: one alone, or three that replicate, on loopback. */
import * as v from "valibot";
import { natsServerBinary } from "../../dev/mod.ts";
import { eventually } from "../support/eventually.ts";
import { Child, freePort } from "./child.ts";

const START_MS = 60_000;
const Usage = v.object({ storage: v.number() });

export class NatsNode implements AsyncDisposable {
  readonly name: string;
  readonly url: string;
  readonly #port: number;
  readonly #monitorPort: number;
  readonly #binary: string;
  readonly #configuration: string;
  #child: Child | undefined;

  constructor(
    name: string,
    about: { port: number; monitorPort: number; binary: string; configuration: string },
  ) {
    this.name = name;
    this.url = `nats://127.0.0.1:${about.port}`;
    this.#port = about.port;
    this.#monitorPort = about.monitorPort;
    this.#binary = about.binary;
    this.#configuration = about.configuration;
  }

  get running(): boolean {
    return this.#child !== undefined && !this.#child.gone;
  }

  /** The process that runs now; 0 when none does. */
  get pid(): number {
    return this.running ? this.#child?.pid ?? 0 : 0;
  }

  /** Starts it, with the data of its last life; resolves when it takes connections. */
  async start(): Promise<void> {
    this.#child = new Child(this.name, {
      command: this.#binary,
      args: ["--config", this.#configuration],
    });
    await eventually(
      async () => {
        using _ = await Deno.connect({ hostname: "127.0.0.1", port: this.#port });
        return true;
      },
      `${this.name} to listen`,
      START_MS,
    );
  }

  /** Lets its streams hold so many bytes on disk, from its next start on; without a number, as many as fit. */
  async limitStore(bytes?: number): Promise<void> {
    const text = await Deno.readTextFile(this.#configuration);
    const limit = bytes === undefined ? "" : `max_file_store: ${bytes}`;
    await Deno.writeTextFile(
      this.#configuration,
      text.replace(/^(jetstream \{ store_dir: "[^"]*").*\}$/m, `$1, ${limit} }`),
    );
  }

  /** Bytes that its streams hold on disk. */
  async storedBytes(): Promise<number> {
    const response = await fetch(`http://127.0.0.1:${this.#monitorPort}/jsz`);
    return v.parse(Usage, await response.json()).storage;
  }

  /** Waits until it serves every stream it has. */
  async untilHealthy(): Promise<void> {
    await eventually(
      async () => {
        const response = await fetch(`http://127.0.0.1:${this.#monitorPort}/healthz`, {
          signal: AbortSignal.timeout(2_000),
        });
        await response.body?.cancel();
        return response.ok;
      },
      `${this.name} to be healthy`,
      START_MS,
    );
  }

  /** Ends it with `signal`; its data stays. */
  async end(signal: Deno.Signal = "SIGKILL"): Promise<void> {
    await this.#child?.end(signal);
  }

  /** Stops it until {@link resume}, as a machine that hangs. */
  async pause(): Promise<void> {
    await this.#child?.pause();
  }

  resume(): void {
    this.#child?.resume();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.end();
  }
}

/** Says how to run `count` servers with data below `dataDir`; none is started yet. */
export async function natsNodes(dataDir: string, count: number): Promise<NatsNode[]> {
  const binary = await natsServerBinary({ say: () => {} });
  const routePorts = Array.from({ length: count }, freePort);
  const routes = routePorts.map((port) => `"nats://127.0.0.1:${port}"`).join(", ");
  return await Promise.all(routePorts.map(async (routePort, i) => {
    const name = `nats-${i}`;
    const folder = `${dataDir}/${name}`;
    const [port, monitorPort] = [freePort(), freePort()];
    const cluster =
      `cluster { name: chaos, listen: "127.0.0.1:${routePort}", no_advertise: true, routes: [${routes}] }`;
    await Deno.mkdir(folder, { recursive: true });
    const configuration = `${folder}/nats-server.conf`;
    await Deno.writeTextFile(
      configuration,
      [
        `server_name: "${name}"`,
        `listen: "127.0.0.1:${port}"`,
        `http: "127.0.0.1:${monitorPort}"`,
        `max_payload: 1MB`,
        `jetstream { store_dir: ${JSON.stringify(folder)} }`,
        ...(count > 1 ? [cluster] : []),
        // The shortest that the server takes; clients are sent away one a second.
        `lame_duck_duration: "30s"`,
        `lame_duck_grace_period: "1s"`,
        "",
      ].join("\n"),
    );
    return new NatsNode(name, { port, monitorPort, binary, configuration });
  }));
}
