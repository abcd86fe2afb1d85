/** A NATS server of its own for one test, with the platform's streams and a connection. */
import type { NatsConnection } from "@nats-io/nats-core";
import { applyStreams, connectNats, DEFAULT_STREAM_SETTINGS } from "../../actors/platform/mod.ts";
import { type NatsServer, startNatsServer } from "../../dev/mod.ts";

/** Runs `test` with a fresh server, its streams cut into `shards`; everything is gone afterwards. */
export async function withNats(
  test: (connection: NatsConnection, server: NatsServer) => Promise<void>,
  { shards = DEFAULT_STREAM_SETTINGS.shards }: { readonly shards?: number } = {},
): Promise<void> {
  const dataDir = await Deno.makeTempDir({ prefix: "todo1m-nats-test-" });
  try {
    await using server = await startNatsServer({ dataDir });
    const connection = await connectNats({ url: server.url, name: "test" });
    try {
      await applyStreams(connection, { ...DEFAULT_STREAM_SETTINGS, shards });
      await test(connection, server);
    } finally {
      await connection.close();
    }
  } finally {
    await Deno.remove(dataDir, { recursive: true });
  }
}
