/**
 * The edge for platforms that bring the server, Deno Deploy above all: they call `fetch`. Importing this
 * does no I/O; the edge connects with the first request. As a process of its own it is `serve.ts`.
 */
import { configureLogging, logger, untilShutdown } from "../actors/platform/mod.ts";
import { Entry, reasonOf } from "./entry.ts";

/** Deno Deploy has no process to end and routes by host itself, by whatever version of HTTP. */
const isOnDeploy = () => onDeploy ??= Deno.env.get("DENO_DEPLOYMENT_ID") !== undefined;
let onDeploy: boolean | undefined;

let entry: Entry | undefined;

/** Connects; a failure ends the process where there is one to end, and so does the signal to stop. */
function begin(): Entry {
  configureLogging({ process: "edge" });
  const begun = new Entry({ isRouted: isOnDeploy, startsAgain: isOnDeploy });
  const started = begun.start();
  started.catch((error: unknown) => {
    // It is told, and tried again with a later request.
    if (isOnDeploy()) return;
    logger("edge").fatal("{reason}", { reason: reasonOf(error) });
    Deno.exit(1);
  });
  if (!isOnDeploy()) {
    void untilShutdown().then(async () => {
      const edge = await started;
      await edge.finish();
      await edge.stop();
      Deno.exit(0);
    });
  }
  return begun;
}

export default {
  fetch: (request: Request, info: Deno.ServeHandlerInfo) =>
    (entry ??= begin()).answer(request, info),
} satisfies Deno.ServeDefaultExport;
