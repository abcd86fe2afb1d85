/** The process `group-host`: decides the commands of the blocks it owns. */
import {
  applyStreams,
  configureLogging,
  connectNats,
  createMetrics,
  DEFAULT_STREAM_SETTINGS,
  logger,
  readInt,
  readString,
  serveOperations,
  unlessStopped,
  untilShutdown,
} from "../platform/mod.ts";
import { groupKind } from "../group/mod.ts";
import { Host } from "./mod.ts";

configureLogging({ process: "group-host" });
const shutdown = untilShutdown();
const metrics = createMetrics("group-host");
const streams = {
  replicas: readInt("STREAM_REPLICAS", DEFAULT_STREAM_SETTINGS.replicas, { min: 1 }),
  shards: readInt("STREAM_SHARDS", DEFAULT_STREAM_SETTINGS.shards, { min: 1 }),
  mailboxMaxBytes: readInt("MAILBOX_MAX_BYTES", DEFAULT_STREAM_SETTINGS.mailboxMaxBytes),
  mailboxMaxPerGroup: readInt("MAILBOX_MAX_PER_GROUP", DEFAULT_STREAM_SETTINGS.mailboxMaxPerGroup, {
    min: 1,
  }),
  keysMaxBytes: readInt(
    "IDEMPOTENCY_KEYS_MAX_BYTES",
    DEFAULT_STREAM_SETTINGS.keysMaxBytes,
    { min: 1024 * 1024 },
  ),
  deadLettersMaxBytes: readInt(
    "DEAD_LETTERS_MAX_BYTES",
    DEFAULT_STREAM_SETTINGS.deadLettersMaxBytes,
    // Less than a letter or two would let go of them as soon as they are stored.
    { min: 16 * 1024 * 1024 },
  ),
};
const connection = await unlessStopped(shutdown, async () => {
  const url = readString("NATS_URL", "nats://127.0.0.1:4222");
  const connected = await connectNats({ url, name: "group-host" });
  await applyStreams(connected, streams);
  return connected;
});
const host = await Host.start(connection, {
  // HOSTNAME is what a container runtime calls the pod.
  name: readString("HOST_NAME", readString("HOSTNAME", "group-host")),
  kinds: [groupKind],
  streams,
  // For chaos tests: two hosts that both own everything must still do everything once.
  forceAllBlocks: readString("HOST_FORCE_ALL_BLOCKS", "false") === "true",
  maxActorBytes: readInt("HOST_ACTOR_BYTES", 256 * 1024 * 1024, { min: 1 }),
  idleMs: readInt("HOST_IDLE_MS", 10 * 60 * 1000, { min: 1 }),
  snapshotEvery: readInt("HOST_SNAPSHOT_EVERY", 256, { min: 1 }),
  metrics,
});
const operations = serveOperations({
  port: readInt("PORT", 8090),
  hostname: readString("HOST", "127.0.0.1"),
  registry: metrics.registry,
  checks: { nats: async () => void await connection.rtt() },
});
logger("host").info("Group host is ready");

const failure = await Promise.race([shutdown, host.failed.catch((error: unknown) => ({ error }))]);
if (typeof failure === "object") {
  logger("host").fatal("Group host cannot go on: {error}", failure);
}
await host.stop();
await connection.close();
await operations.shutdown();
// What still waits for a server that does not answer must not keep the process.
Deno.exit(typeof failure === "object" ? 1 : 0);
