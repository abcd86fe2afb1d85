/**
 * The whole local stack, in order: NATS, Postgres and web assets side by side, migrations, then the
 * processes of Todo-1M. `deno task dev` and `deno task test` start the same thing in different folders.
 */
import { removeIfThere } from "./_files.ts";
import { buildAssets } from "./assets.ts";
import { freePort, loopback, settledPort } from "./_ports.ts";
import { type Say, say as sayAloud, step } from "./_say.ts";
import {
  processNames,
  type ServiceName,
  serviceNames,
  serviceOf,
  serviceSpecs,
} from "./_services.ts";
import { migrate } from "./migrations.ts";
import { checkNatsUrl, natsServerSpec } from "./nats_server.ts";
import { checkDatabaseUrl, postgresSpec } from "./postgres_server.ts";
import { readOpsToken } from "./ops_token.ts";
import { signingKey } from "./signing_key.ts";
import { removeState, writeState } from "./state_file.ts";
import type { ProcessRow } from "./process_spec.ts";
import { Supervisor } from "./supervisor.ts";

export interface StackOptions {
  /** Folder for all data, logs and secrets. */
  readonly dataDir: string;
  /** File that lists the running processes. */
  readonly stateFile: string;
  /** Port of the edge; a free one when absent. */
  readonly edgePort?: number;
  /** How many group hosts share the work; default 1. */
  readonly hosts?: number;
  /**
   * How many streams mailboxes and log are cut into, for as long as `dataDir` lives; STREAM_SHARDS of the
   * environment, which is 1, when absent.
   */
  readonly shards?: number;
  /** Whether every permission a process asks for is a line in `dataDir/permissions/NAME.jsonl`. */
  readonly auditPermissions?: boolean;
  /**
   * The program of an older Deno that is to run the edge as Deno Deploy does; it reaches an own NATS server over
   * WebSocket.
   */
  readonly edgeDeno?: string | undefined;
  /** A NATS server to use instead of an own one. */
  readonly natsUrl?: string | undefined;
  /** A database to use instead of an own one. */
  readonly databaseUrl?: string | undefined;
  /** Gives up the start and stops what runs already. */
  readonly signal?: AbortSignal;
  readonly say?: Say;
}

/** A running stack. Every process is restarted when it dies. */
export interface Stack extends AsyncDisposable {
  readonly url: string;
  readonly streamerUrl: string;
  readonly natsUrl: string;
  /** Where the edge reaches NATS. */
  readonly edgeNatsUrl: string;
  readonly databaseUrl: string;
  readonly opsToken: string;
  /** The processes that run now; pids change with restarts. */
  readonly processes: readonly ProcessRow[];
  /** Stops all processes of a kind and starts them again. */
  restart(service: ServiceName): void;
  /** Stops everything; takes at most 20 s, usually less than one. */
  stop(): Promise<void>;
}

/** Infrastructure ends after the processes that use it. */
const stopOrder = [["nats", "postgres"]] as const;

/** Starts the stack and resolves when every process is ready. Throws `DevError`. */
export async function startStack(options: StackOptions): Promise<Stack> {
  const { dataDir, stateFile, edgePort = freePort(), say = sayAloud } = options;
  const { hosts = 1, shards } = options;
  const names = serviceNames.flatMap((service) => processNames(service, hosts));
  // The order of rows in `dev.json`; start order depends on chance.
  const listed = (name: string) => ["nats", "postgres", ...names].indexOf(name);
  await Deno.mkdir(dataDir, { recursive: true });
  const url = `http://${loopback}:${edgePort}`;
  const state = new StateWriter(stateFile, () => ({
    url,
    pid: Deno.pid,
    dataDir,
    processes: supervisor.rows.toSorted((a, b) => listed(a.name) - listed(b.name)),
  }));
  const supervisor = new Supervisor({
    logDir: `${dataDir}/logs`,
    say,
    onChange: () => state.write(),
  });
  let stopped: Promise<void> | undefined;
  const stop = () => stopped ??= supervisor.stop(stopOrder).then(() => state.remove());
  const abort = () => void stop();
  options.signal?.addEventListener("abort", abort, { once: true });
  try {
    options.signal?.throwIfAborted();
    const [{ natsUrl, edgeNatsUrl }, databaseUrl] = await Promise.all([
      startNats(options, { supervisor, say }),
      startDatabase(options, { supervisor, say }),
      step("Web assets built", buildAssets, { say }),
    ]);
    const ports = new Map(
      names.map((name) => [name, name === "edge" ? edgePort : servicePort(name)]),
    );
    const key = await signingKey(`${dataDir}/secrets/signing_key.json`);
    const opsToken = await readOpsToken(dataDir);
    const permissionLogDir = options.auditPermissions ? `${dataDir}/permissions` : undefined;
    if (permissionLogDir !== undefined) await Deno.mkdir(permissionLogDir, { recursive: true });
    const servers = { natsUrl, edgeNatsUrl, databaseUrl, permissionLogDir };
    const specs = serviceSpecs({
      ...servers,
      ports,
      opsToken,
      shards,
      edgeDeno: options.edgeDeno,
      ...key,
    });
    await Promise.all(specs.map((spec) => supervisor.start(spec)));
    await state.ready();
    return {
      url,
      streamerUrl: `http://${loopback}:${ports.get("streamer")}`,
      natsUrl,
      edgeNatsUrl,
      databaseUrl,
      opsToken,
      get processes() {
        return supervisor.rows;
      },
      restart: (service) =>
        names.filter((name) => serviceOf(name) === service).forEach((name) =>
          supervisor.restart(name)
        ),
      stop,
      [Symbol.asyncDispose]: stop,
    };
  } catch (error) {
    await stop();
    throw error;
  } finally {
    options.signal?.removeEventListener("abort", abort);
  }
}

interface Parts {
  readonly supervisor: Supervisor;
  readonly say: Say;
}

async function startNats(
  options: StackOptions,
  { supervisor, say }: Parts,
): Promise<Pick<Stack, "natsUrl" | "edgeNatsUrl">> {
  const { natsUrl, edgeDeno } = options;
  if (natsUrl) {
    await step("NATS server: NATS_URL", () => checkNatsUrl(natsUrl), { say });
    return { natsUrl, edgeNatsUrl: natsUrl };
  }
  const port = settledPort("NATS_PORT");
  const { spec, wsUrl } = await natsServerSpec({ dataDir: `${options.dataDir}/nats`, port, say });
  await supervisor.start(spec);
  return { natsUrl: spec.url, edgeNatsUrl: edgeDeno === undefined ? spec.url : wsUrl };
}

async function startDatabase(options: StackOptions, { supervisor, say }: Parts): Promise<string> {
  let { databaseUrl } = options;
  if (databaseUrl) {
    const given = databaseUrl;
    await step("Postgres: DATABASE_URL", () => checkDatabaseUrl(given), { say });
  } else {
    const port = settledPort("POSTGRES_PORT");
    const spec = await postgresSpec({ dataDir: options.dataDir, port, say });
    await supervisor.start(spec);
    databaseUrl = spec.url;
  }
  const url = databaseUrl;
  await step("Database migrated", () => migrate(url), { say });
  return url;
}

/** `STREAMER_PORT`, `GROUP_HOST_PORT`, `GROUP_HOST_2_PORT`, `PROJECTOR_PORT` and so on, else a free one. */
function servicePort(name: string): number {
  return settledPort(`${name.toUpperCase().replaceAll("-", "_")}_PORT`);
}

/** Keeps the state file in step with the processes, one write after the other. */
class StateWriter {
  readonly #path: string;
  readonly #read: () => Parameters<typeof writeState>[1];
  #last: Promise<void> = Promise.resolve();
  #isReady = false;
  #isOver = false;

  constructor(path: string, read: () => Parameters<typeof writeState>[1]) {
    this.#path = path;
    this.#read = read;
  }

  write(): void {
    this.#last = this.#last.then(async () => {
      if (this.#isOver) return;
      await writeState(this.#isReady ? this.#path : `${this.#path}.starting`, this.#read());
    });
  }

  async ready(): Promise<void> {
    await this.#last;
    this.#isReady = true;
    this.write();
    await this.#last;
    await removeIfThere(`${this.#path}.starting`);
  }

  async remove(): Promise<void> {
    this.#isOver = true;
    await this.#last;
    await removeState(this.#path);
  }
}
