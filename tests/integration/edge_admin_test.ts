/** The operators' view of the cluster, over the running stack. */
import assert from "node:assert/strict";
import type { ClusterInfo } from "../../actors/cluster/mod.ts";
import { BLOCKS } from "../../actors/protocol/routing/mod.ts";
import { send } from "./_edge_client.ts";

Deno.test("the admin API shows which running host owns each block, and the streams", async () => {
  const token = Deno.env.get("TEST_OPS_TOKEN") ?? "";
  const { status, text } = await send("GET", "/api/v1/admin/partitions", { token });
  assert.equal(status, 200, text);
  const { hosts, blocks, streams, totals } = JSON.parse(text) as ClusterInfo;
  const live = hosts.filter(({ state }) => state === "live");
  assert(live.length >= 1, text.slice(0, 500));
  assert.equal(live.reduce((sum, host) => sum + host.blocks, 0), BLOCKS);
  const ids = new Set(live.map(({ host_id }) => host_id));
  assert(blocks.every(({ owners: [owner] }) => owner !== undefined && ids.has(owner)));
  assert.equal(totals.unowned_blocks, 0);
  assert(streams.some(({ name }) => name === "CMD-0"));
});

Deno.test("the admin API takes neither no token nor a wrong one", async () => {
  for (const options of [{}, { token: "0".repeat(40) }]) {
    const { status, body } = await send("GET", "/api/v1/admin/partitions", options);
    assert.deepEqual([status, body.code], [401, "unauthenticated"]);
  }
});
