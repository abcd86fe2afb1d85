/** Connections to NATS on which nothing arrives any more, and which nobody closes: a pod's node is gone. */
import assert from "node:assert/strict";
import { connectNats } from "../../actors/platform/mod.ts";
import { withNats } from "./_nats_fixture.ts";
import { Relay } from "./_relay.ts";
import { until } from "./_until.ts";

const PATIENCE_MS = 15_000;

for (const [kind, transport] of [["url", "TCP"], ["wsUrl", "WebSocket"]] as const) {
  Deno.test(`a silent connection over ${transport} is given up, and another one made`, () =>
    withNats(async (_, server) => {
      const { protocol, port } = new URL(server[kind]);
      await using relay = new Relay({ hostname: "127.0.0.1", port: Number(port) });
      const url = `${protocol}//127.0.0.1:${relay.port}`;
      const connection = await connectNats({ url, name: "test" });
      try {
        const seen: string[] = [];
        void (async () => {
          for await (const { type } of connection.status()) seen.push(type);
        })();
        await connection.flush();
        relay.hush();
        await until(() => seen.includes("disconnect"), PATIENCE_MS, () => seen.join());
        relay.resume();
        await until(() => seen.includes("reconnect"), PATIENCE_MS, () => seen.join());
        await connection.flush();
        assert.equal(seen.filter((type) => type === "disconnect").length, 1);
      } finally {
        await connection.close();
      }
    }));
}
