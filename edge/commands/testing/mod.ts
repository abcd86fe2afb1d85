/** A NATS server with the platform's streams, for tests of what commands leave there. */
import { applyStreams, connectNats, type NatsConnection } from "../../../actors/platform/mod.ts";
import { startNatsServer } from "../../../dev/mod.ts";

export { command, query } from "./command.ts";

/** Runs `test` with a connection to a server of its own, which has the streams unless `bare`. */
export async function withStreams(
  test: (connection: NatsConnection) => Promise<void>,
  { bare = false }: { readonly bare?: boolean } = {},
): Promise<void> {
  const dataDir = await Deno.makeTempDir({ prefix: "todo1m-commands-test-" });
  try {
    await using server = await startNatsServer({ dataDir });
    const connection = await connectNats({ url: server.url, name: "test" });
    try {
      if (!bare) await applyStreams(connection);
      await test(connection);
    } finally {
      await connection.close();
    }
  } finally {
    await Deno.remove(dataDir, { recursive: true });
  }
}
