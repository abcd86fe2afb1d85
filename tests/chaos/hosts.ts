/** The group hosts of a scenario, each a process of its own behind a proxy of its own. */
import { groupHostV8Flags } from "../../dev/mod.ts";
import { eventually } from "../support/eventually.ts";
import { Child, freePort } from "./child.ts";
import { FaultProxy } from "./fault_proxy.ts";
import { type Handover, handoversIn } from "./handovers.ts";

const READY_MS = 60_000;

export interface HostOptions {
  readonly natsUrl: string;
  readonly replicas: number;
  /** Owns every block, whatever other hosts say. */
  readonly ownsAll: boolean;
  /** Whether the way to NATS leads through this process, so that it can be broken; it does when absent. */
  readonly breakable?: boolean;
  /** More of its environment. */
  readonly env?: Readonly<Record<string, string>>;
}

/** A place for a host: the process in it comes and goes. */
export class HostSlot implements AsyncDisposable {
  readonly name: string;
  /** Between the host and NATS; absent where NATS is several servers, or the way is not to be broken. */
  readonly proxy: FaultProxy | undefined;
  /** What its hosts said of the blocks they took and gave, from the first one on. */
  readonly handovers: Handover[] = [];
  readonly #options: HostOptions;
  #child: Child | undefined;
  #port = 0;

  constructor(name: string, options: HostOptions) {
    this.name = name;
    this.#options = options;
    const { breakable = true, natsUrl } = options;
    this.proxy = breakable && !natsUrl.includes(",") ? new FaultProxy(natsUrl) : undefined;
  }

  get pid(): number {
    return this.#child?.pid ?? 0;
  }

  get running(): boolean {
    return this.#child !== undefined && !this.#child.gone;
  }

  /** The newest lines the host complained with. */
  get tail(): readonly string[] {
    return this.#child?.tail ?? [];
  }

  /** Starts a host; resolves when it is ready. */
  async start(): Promise<void> {
    this.#port = freePort();
    const { natsUrl, replicas, ownsAll, env = {} } = this.#options;
    const child = new Child(this.name, {
      command: Deno.execPath(),
      args: ["run", "-P=group-host", "--frozen", "actors/host/main.ts"],
      env: {
        NATS_URL: this.proxy?.url ?? natsUrl,
        PORT: String(this.#port),
        LOG_LEVEL: "info",
        DENO_V8_FLAGS: groupHostV8Flags,
        STREAM_REPLICAS: String(replicas),
        ...(ownsAll ? { HOST_FORCE_ALL_BLOCKS: "true" } : {}),
        ...env,
      },
      onLine: (line) => this.handovers.push(...handoversIn(line, performance.now())),
    });
    this.#child = child;
    await eventually(
      () => child.gone || this.isReady(),
      `${this.name} to be ready`,
      READY_MS,
    );
    if (child.gone) throw new Error(`${this.name} ended at once:\n${child.tail.join("\n")}`);
  }

  async isReady(): Promise<boolean> {
    const response = await fetch(`http://127.0.0.1:${this.#port}/readyz`);
    await response.body?.cancel();
    return response.ok;
  }

  /** The wall-clock time that the host tells, in milliseconds since the epoch. */
  async toldMs(): Promise<number> {
    const response = await fetch(`http://127.0.0.1:${this.#port}/readyz`);
    await response.body?.cancel();
    return Date.parse(response.headers.get("date") ?? "");
  }

  /** Signals the host now, without waiting for anything. */
  signal(signal: Deno.Signal): void {
    this.#child?.signal(signal);
  }

  /** Stops the host until it gets SIGCONT; resolves when all of its threads stand still. */
  async pause(): Promise<void> {
    await this.#child?.pause();
  }

  /** Ends the host and waits until it is gone. */
  async end(signal: Deno.Signal = "SIGKILL"): Promise<Deno.CommandStatus | undefined> {
    return await this.#child?.end(signal);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.end();
    await this.proxy?.[Symbol.asyncDispose]();
  }
}
