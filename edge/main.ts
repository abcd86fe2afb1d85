/**
 * The edge's entry: `deno serve` and Deno Deploy call `fetch`. Importing this does no I/O; the edge
 * connects when the server listens, or with the first request where nothing tells it that.
 */
import {
  ConfigError,
  configureLogging,
  logger,
  pause,
  untilShutdown,
} from "../actors/platform/mod.ts";
import { readConfig } from "./config.ts";
import { earlyAnswer, misdirectedAnswer, START_PATIENCE_MS, startingAnswer } from "./http/mod.ts";
import { type RunningEdge, startEdge } from "./start.ts";

let starting: Promise<void> | undefined;
let running: RunningEdge | undefined;

/** Deno Deploy has no process to end and routes by host itself, by whatever version of HTTP. */
const isOnDeploy = () => onDeploy ??= Deno.env.get("DENO_DEPLOYMENT_ID") !== undefined;
let onDeploy: boolean | undefined;

/** Starts the edge once; a failure ends the process where there is one to end. */
function start(): Promise<void> {
  return starting ??= (async () => {
    configureLogging({ process: "edge" });
    const ownsProcess = !isOnDeploy();
    const stopped = ownsProcess ? untilShutdown() : undefined;
    try {
      running = await startEdge(readConfig());
    } catch (error) {
      logger("edge").fatal(
        "{reason}",
        { reason: error instanceof ConfigError ? error.message : String(error) },
      );
      if (!ownsProcess) throw error;
      Deno.exit(1);
    }
    void stopped?.then(() => stop());
  })();
}

/** `deno serve` itself refuses new connections from the signal on. */
async function stop(): Promise<void> {
  await running?.stop();
  logger("edge").info("The edge has stopped");
  Deno.exit(0);
}

export default {
  async fetch(request: Request, info: Deno.ServeHandlerInfo): Promise<Response> {
    const refused = isOnDeploy() ? undefined : misdirectedAnswer(request);
    if (refused) return refused;
    if (!running) {
      const early = earlyAnswer(request);
      const started = start();
      if (early) return early;
      await Promise.race([started, pause(START_PATIENCE_MS)]);
      if (!running) return startingAnswer(request);
    }
    const { remoteAddr } = info;
    const peer = "hostname" in remoteAddr ? remoteAddr.hostname : "";
    return await running.handle(request, peer);
  },
  onListen(address: Deno.Addr): void {
    void start();
    const { hostname = "", port = 0 } = address as Deno.NetAddr;
    logger("edge").info("Listening", { hostname, port });
  },
} satisfies Deno.ServeDefaultExport;
