/**
 * The processes of Todo-1M as the supervisor runs them: entry, permission set, settings. Settings reach a
 * process through its environment only. There is one of each, but for group hosts, which share the work.
 */
import { loopback } from "./_ports.ts";
import { rootDir } from "./_paths.ts";
import { edgeCommand } from "./edge_command.ts";
import { permissionFlags } from "./permissions.ts";
import type { ProcessSpec } from "./process_spec.ts";

/** The kinds of process, in the order they are listed. */
export const serviceNames = ["group-host", "projector", "streamer", "edge"] as const;

export type ServiceName = typeof serviceNames[number];

/** What the processes need to know about the rest of the stack. */
export interface ServiceSettings {
  readonly natsUrl: string;
  /** Where the edge reaches NATS. */
  readonly edgeNatsUrl: string;
  /** The program of an older Deno that is to run the edge, as Deno Deploy does. */
  readonly edgeDeno?: string | undefined;
  readonly databaseUrl: string;
  /** Private JWK for the edge. */
  readonly privateJwk: string;
  /** Public JWK set for the streamer. */
  readonly jwks: string;
  /** What operators show to the edge. */
  readonly opsToken: string;
  /** How many streams mailboxes and log are cut into; what the environment says when absent. */
  readonly shards?: number | undefined;
  /** Folder for the audit logs of permissions, one per process; none when absent. */
  readonly permissionLogDir?: string | undefined;
  /** By name of the process; there are as many group hosts as have a port. */
  readonly ports: ReadonlyMap<string, number>;
}

/** Names of the processes of a kind when there are `hosts` group hosts. */
export function processNames(service: ServiceName, hosts: number): string[] {
  if (service !== "group-host") return [service];
  return Array.from({ length: hosts }, (_, i) => i === 0 ? service : `${service}-${i + 1}`);
}

/** What kind of process `name` is; `undefined` for what is none of ours, such as the database. */
export function serviceOf(name: string): ServiceName | undefined {
  return serviceNames.find((service) => service === name.replace(/^(group-host)-\d+$/, "$1"));
}

/**
 * V8's flags for group hosts: what lives long, the actors, is looked over for garbage from 256 MB on, not from
 * some 30. On two cores each look holds up every command for some 40 ms: p99 9 -> 7 ms under light load.
 */
export const groupHostV8Flags = "--initial-old-space-size=256";

/**
 * V8's flags for streamers: what is new is looked over for garbage often and for a short time each. p99 of 50,000
 * deliveries a second: 32 and 39 -> 21 to 23 ms, in turns (`deno task bench:fan_out`).
 */
export const streamerV8Flags = "--max-semi-space-size=4";

const entries: Readonly<Record<Exclude<ServiceName, "edge">, string>> = {
  "group-host": "actors/host/main.ts",
  projector: "actors/projection/main.ts",
  streamer: "actors/stream/main.ts",
};

/** Says how to run each of the processes that have a port. */
export function serviceSpecs(settings: ServiceSettings): ProcessSpec[] {
  return [...settings.ports].flatMap(([name, port]) => {
    const service = serviceOf(name);
    return service ? [serviceSpec(service, { name, port, settings })] : [];
  });
}

interface Instance {
  readonly name: string;
  readonly port: number;
  readonly settings: ServiceSettings;
}

function serviceSpec(service: ServiceName, { name, port, settings }: Instance): ProcessSpec {
  const { permissionLogDir } = settings;
  const url = `http://${loopback}:${port}`;
  const env = {
    ENVIRONMENT: "development",
    NODE_ENV: "development",
    HOST: loopback,
    PORT: `${port}`,
    // One port cannot be that of several processes; here all of them listen on loopback only.
    METRICS_PORT: "",
    NATS_URL: settings.natsUrl,
    ...(permissionLogDir === undefined
      ? {}
      : { DENO_AUDIT_PERMISSIONS: `${permissionLogDir}/${name}.jsonl` }),
    ...ownSettings(service, { name, port, settings }),
  };
  const { entry, ...command } = service === "edge"
    ? edgeCommand(env, settings.edgeDeno)
    : commandOf(service, env);
  return {
    name,
    ...command,
    cwd: rootDir,
    port,
    url,
    match: entry,
    async isReady() {
      const response = await fetch(`${url}/readyz`, { signal: AbortSignal.timeout(2_000) });
      await response.body?.cancel();
      return response.status === 200;
    },
  };
}

function commandOf(service: keyof typeof entries, env: Readonly<Record<string, string>>) {
  const entry = `${rootDir}/${entries[service]}`;
  const args = ["run", `-P=${service}`, "--frozen", ...permissionFlags(service, env), entry];
  return { command: Deno.execPath(), args, env, entry };
}

function ownSettings(service: ServiceName, instance: Instance): Record<string, string> {
  const { name, settings } = instance;
  const { databaseUrl, edgeNatsUrl, jwks, opsToken, ports, privateJwk, shards } = settings;
  const cut: Record<string, string> = shards === undefined ? {} : { STREAM_SHARDS: `${shards}` };
  switch (service) {
    case "group-host":
      return { HOST_NAME: name, DENO_V8_FLAGS: groupHostV8Flags, ...cut };
    case "projector":
      return { DATABASE_URL: databaseUrl, ...cut };
    case "streamer":
      return { JWKS: jwks, DENO_V8_FLAGS: streamerV8Flags, ...cut };
    case "edge":
      return {
        NATS_URL: edgeNatsUrl,
        DATABASE_URL: databaseUrl,
        STREAMER_URL: `http://${loopback}:${ports.get("streamer")}`,
        SIGNING_KEY: privateJwk,
        OPS_TOKEN: opsToken,
        // glibc: give the 19 MiB of each password hash back at once instead of keeping it per thread.
        // Measured: 125 MB instead of 900 MB resident after 256 registrations.
        MALLOC_MMAP_THRESHOLD_: "1048576",
      };
    default:
      return service satisfies never;
  }
}
