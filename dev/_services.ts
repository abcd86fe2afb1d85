/**
 * The four processes of Todo-1M as the supervisor runs them: entry, permission set, settings.
 * Settings reach a process through its environment only.
 */
import { loopback } from "./_ports.ts";
import { rootDir } from "./_paths.ts";
import type { ProcessSpec } from "./process_spec.ts";

/** Names of the processes, in the order they are listed. */
export const serviceNames = ["group-host", "projector", "streamer", "edge"] as const;

export type ServiceName = typeof serviceNames[number];

/** What the processes need to know about the rest of the stack. */
export interface ServiceSettings {
  readonly natsUrl: string;
  readonly databaseUrl: string;
  /** Private JWK for the edge. */
  readonly privateJwk: string;
  /** Public JWK set for the streamer. */
  readonly jwks: string;
  /** What operators show to the edge. */
  readonly opsToken: string;
  readonly ports: Readonly<Record<ServiceName, number>>;
}

const entries: Readonly<Record<ServiceName, string>> = {
  "group-host": "actors/host/main.ts",
  projector: "actors/projection/main.ts",
  streamer: "actors/stream/main.ts",
  edge: "edge/main.ts",
};

/** Says how to run each of the four processes. */
export function serviceSpecs(settings: ServiceSettings): ProcessSpec[] {
  return serviceNames.map((name) => serviceSpec(name, settings));
}

function serviceSpec(name: ServiceName, settings: ServiceSettings): ProcessSpec {
  const port = settings.ports[name];
  const entry = `${rootDir}/${entries[name]}`;
  const url = `http://${loopback}:${port}`;
  const serve = ["serve", `-P=${name}`, "--frozen", "--host", loopback, "--port", `${port}`];
  return {
    name,
    command: Deno.execPath(),
    args: [...(name === "edge" ? serve : ["run", `-P=${name}`, "--frozen"]), entry],
    cwd: rootDir,
    env: {
      ENVIRONMENT: "development",
      NODE_ENV: "development",
      HOST: loopback,
      PORT: `${port}`,
      NATS_URL: settings.natsUrl,
      ...ownSettings(name, settings),
    },
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

function ownSettings(name: ServiceName, settings: ServiceSettings): Record<string, string> {
  const { databaseUrl, jwks, opsToken, ports, privateJwk } = settings;
  const url = (service: ServiceName) => `http://${loopback}:${ports[service]}`;
  switch (name) {
    case "group-host":
      return {};
    case "projector":
      return { DATABASE_URL: databaseUrl };
    case "streamer":
      return { JWKS: jwks };
    case "edge":
      return {
        DATABASE_URL: databaseUrl,
        STREAMER_URL: url("streamer"),
        SIGNING_KEY: privateJwk,
        OPS_TOKEN: opsToken,
        // glibc: give the 19 MiB of each password hash back at once instead of keeping it per thread.
        // Measured: 125 MB instead of 900 MB resident after 256 registrations.
        MALLOC_MMAP_THRESHOLD_: "1048576",
      };
    default:
      return name satisfies never;
  }
}
