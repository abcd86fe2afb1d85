/**
 * What the flows run on: the older edge with NATS over WebSocket only, and beside it the whole stack on
 * the present Deno, with an edge that shares accounts, keys and data with the older one.
 */
import {
  type NatsServer,
  type OlderDeno,
  removePostgresHome,
  startNatsServer,
  startStack,
} from "../../dev/mod.ts";
import { type OlderEdge, startOlderEdge } from "./older_edge.ts";

export interface Site {
  readonly edge: OlderEdge;
  /** URL of the edge on the present Deno. */
  readonly presentUrl: string;
  readonly nats: NatsServer;
  /** Starts one more older edge as Deno Deploy does: in production, with all permissions. */
  readonly deploy: () => Promise<OlderEdge>;
}

/** Starts all of it, runs `work`, stops all of it and removes the data. */
export async function withSite(
  deno: OlderDeno,
  work: (site: Site) => Promise<void>,
): Promise<void> {
  const dataDir = await Deno.makeTempDir({ prefix: "todo-1m-floor-" });
  try {
    await using nats = await startNatsServer({ dataDir: `${dataDir}/nats`, say: console.log });
    await using stack = await startStack({
      dataDir,
      stateFile: `${dataDir}/floor.json`,
      natsUrl: nats.url,
    });
    const shared = {
      NATS_URL: nats.wsUrl,
      DATABASE_URL: stack.databaseUrl,
      STREAMER_URL: stack.streamerUrl,
      SIGNING_KEY: await Deno.readTextFile(`${dataDir}/secrets/signing_key.json`),
    };
    const deploy = () =>
      startOlderEdge(deno, {
        way: "deploy",
        settings: { ...shared, ENVIRONMENT: "production", DENO_DEPLOYMENT_ID: "floor" },
      });
    const started = performance.now();
    await using edge = await startOlderEdge(deno, {
      way: "process",
      settings: { ...shared, ENVIRONMENT: "development" },
    });
    const took = Math.round(performance.now() - started);
    console.log(`✓ edge is ready on Deno ${deno.version}, at ${nats.wsUrl} (${took} ms)`);
    await work({ edge, presentUrl: stack.url, nats, deploy });
  } finally {
    await removePostgresHome(`${dataDir}/postgres`);
    await Deno.remove(dataDir, { recursive: true });
  }
}
