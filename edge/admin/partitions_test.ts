import assert from "node:assert/strict";
import * as v from "valibot";
import { clusterInfo } from "../../actors/cluster/mod.ts";
import { BLOCKS } from "../../actors/protocol/routing/mod.ts";
import { adminOf } from "./_testing.ts";
import { partitionRoutes } from "./partitions.ts";

const PATH = "/api/v1/admin/partitions";
const Blocks = v.object({ blocks: v.array(v.looseObject({ block: v.number() })) });

function report(host_id: string, blocks: readonly number[]) {
  return {
    report: {
      host_id,
      name: host_id,
      started_at: "2026-11-01T12:00:00.000Z",
      code_version: "1",
      draining: false,
      blocks: blocks.map((block) => ({ block, cursor: 0, pending: 0 })),
      resident_actors: 0,
      actor_bytes: 0,
      commands: 0,
      takeovers: { dead: 0, handed: 0 },
    },
    atMs: 0,
    commandsPerSecond: 0,
  };
}

const all = Array.from({ length: BLOCKS }, (_, block) => block);
const info = clusterInfo({
  heard: [report("one", all.slice(0, 60)), report("two", all.slice(60))],
  streams: [],
  nowMs: 0,
  at: new Date(0),
  mailboxOf: () => "CMD-0",
});
const ask = adminOf(partitionRoutes({ look: () => Promise.resolve(info) }));

Deno.test("operators see every host and who owns which block", async () => {
  const { status, body } = await ask("GET", PATH);
  assert.equal(status, 200);
  assert.deepEqual(body, JSON.parse(JSON.stringify(info)));
});

Deno.test("the blocks can be narrowed to that of a partition and to those of a host", async () => {
  const blocks = async (query: string) => {
    const { body } = await ask("GET", `${PATH}?${query}`);
    return v.parse(Blocks, body).blocks.map(({ block }) => block);
  };
  assert.deepEqual(await blocks("partition=517"), [32]);
  assert.deepEqual(await blocks("host=two"), [60, 61, 62, 63]);
  assert.deepEqual(await blocks("host=two&partition=0"), []);
});

Deno.test("a query that means nothing is refused", async () => {
  for (
    const query of ["host=", "partition=1024", "partition=-1", "partition=", "partition=1e2"]
  ) {
    const { status, problem } = await ask("GET", `${PATH}?${query}`);
    assert.deepEqual([status, problem?.code], [400, "malformed"], query);
  }
});
