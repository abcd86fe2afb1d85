/** The streamer process: configuration in, streams out, a clean end on SIGTERM or SIGINT. */
import {
  configureLogging,
  connectNats,
  logger,
  unlessStopped,
  untilLogExists,
  untilShutdown,
} from "../platform/mod.ts";
import { readConfig, startStreamer } from "./mod.ts";

configureLogging({ process: "streamer" });
const log = logger("stream");
const shutdown = untilShutdown();
const config = readConfig();
const connection = await unlessStopped(shutdown, async () => {
  const connected = await connectNats({ url: config.natsUrl, name: "streamer" });
  await untilLogExists(connected, config.shards);
  return connected;
});
const streamer = await startStreamer(config, connection);
log.info("Streams are served on port {port}", { port: streamer.port });

const signal = await shutdown;
log.info("Stopping: {signal}", { signal });
await streamer.stop();
await connection.close();
Deno.exit(0);
