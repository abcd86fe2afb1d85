/** Against a real NATS server: hosts hear each other and themselves, and nothing that is no report. */
import assert from "node:assert/strict";
import { startNatsServer } from "../../../dev/mod.ts";
import { connectNats } from "../../platform/mod.ts";
import { type HostReport, hostReportSubject } from "../../protocol/routing/mod.ts";
import { ClusterLink } from "./cluster_link.ts";

const reportOf = (host_id: string): HostReport => ({
  host_id,
  name: host_id,
  started_at: "2026-11-21T00:00:00.000Z",
  code_version: "1",
  draining: false,
  blocks: [{ block: 1, cursor: 2, pending: 0 }],
  resident_actors: 0,
  actor_bytes: 0,
  commands: 0,
  takeovers: { dead: 0, handed: 0 },
});

Deno.test("reports reach everybody, their sender too, and a roll call asks for them", async () => {
  const dataDir = await Deno.makeTempDir({ prefix: "todo1m-link-" });
  try {
    await using server = await startNatsServer({ dataDir });
    const connections = await Promise.all(
      ["a", "b"].map((name) => connectNats({ url: server.url, name })),
    );
    const heard: string[] = [];
    const links = connections.map((connection, i) => {
      const link: ClusterLink = new ClusterLink(connection, {
        heard: (report) => heard.push(`${report.host_id} by ${i}`),
        called: () => link.report(reportOf(`h${i}`)),
      });
      return link;
    });
    const settle = async () => {
      for (let round = 0; round < 2; round++) {
        for (const connection of connections) await connection.flush();
      }
    };
    await settle();
    connections[0]?.publish(hostReportSubject("h7"), "no report");
    links[0]?.callRoll();
    await settle();
    assert.deepEqual(heard.sort(), ["h0 by 0", "h0 by 1", "h1 by 0", "h1 by 1"]);
    for (const link of links) link[Symbol.dispose]();
    links[0]?.report(reportOf("h0"));
    await settle();
    assert.equal(heard.length, 4);
    for (const connection of connections) await connection.close();
  } finally {
    await Deno.remove(dataDir, { recursive: true });
  }
});
