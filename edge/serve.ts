/**
 * The edge as a process: `deno task dev` and pods run it. Asked to stop, it says at `/readyz` that it goes
 * and serves on for a while, so that nobody who is on the way is turned away, before it ends what is left.
 */
import {
  configureLogging,
  logger,
  pause,
  unlessStopped,
  untilShutdown,
} from "../actors/platform/mod.ts";
import { readListenConfig } from "./config.ts";
import { Entry, reasonOf } from "./entry.ts";
import { opensSocket } from "./socket_request.ts";

/** How long the last answers may take to reach their sockets. */
const CLOSE_MS = 2_000;

configureLogging({ process: "edge" });
const log = logger("edge");

try {
  await serve();
} catch (error) {
  log.fatal("{reason}", { reason: reasonOf(error) });
  Deno.exit(1);
}
Deno.exit(0);

/** Serves until the process is asked to stop, and has. */
async function serve(): Promise<void> {
  const shutdown = untilShutdown();
  const { port, hostname, drainMs } = readListenConfig();
  const entry = new Entry({ isRouted: () => false, startsAgain: () => false });
  let isDraining = false;
  const server = Deno.serve(
    { port, hostname, onListen: (address) => log.info("Listening", { ...address }) },
    async (request, info) => {
      const answer = await entry.answer(request, info);
      // Who keeps connections takes the next one elsewhere (RFC 9112, section 9.6).
      if (isDraining && !opensSocket(answer)) answer.headers.set("connection", "close");
      return answer;
    },
  );
  const edge = await unlessStopped(shutdown, () => entry.start());

  const signal = await shutdown;
  log.info("Stopping: {signal}", { signal });
  isDraining = true;
  edge.drain();
  await pause(drainMs);
  await edge.finish();
  // From here on nobody gets in. Connections that nobody uses are closed at once.
  await Promise.race([server.shutdown(), pause(CLOSE_MS)]);
  await edge.stop();
  log.info("The edge has stopped");
}
