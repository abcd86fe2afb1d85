/**
 * Clients whose network is gone are noticed: the floor of G12 for WebSockets, which must answer heartbeats, with
 * heartbeats that come more often. Server-sent events are not answered: for them a gateway has a limit, which
 * the tests of the manifests and `deno task chaos --scenario gone-clients` look at.
 */
import assert from "node:assert/strict";
import { StreamReader } from "../bench/stream_reader.ts";
import { keepsFloor, line } from "../bench/stream_goals.ts";
import { StreamSite } from "../chaos/stream_site.ts";

const HEARTBEAT_MS = 1_000;
/** Unless a streamer is told otherwise. */
const USUAL_HEARTBEAT_MS = 15_000;
const READERS = 50;

Deno.test("who answers no heartbeat on a WebSocket is let go of in time, the others stay", async () => {
  const env = { HEARTBEAT_MS: `${HEARTBEAT_MS}` };
  await using site = await StreamSite.start({ streamers: 1, groups: 1, env });
  const port = site.streamers[0]?.port ?? 0;
  const groupIds = site.groups.map(({ groupId }) => groupId);
  const open = (mute: boolean) =>
    Promise.all(Array.from({ length: READERS }, () => {
      const options = { transport: "websocket", mute } as const;
      return StreamReader.open(port, site.token, groupIds, options);
    }));
  const [others, gone] = [await open(false), await open(true)];
  const startedAt = performance.now();
  let ended = 0;
  for (const { ended: end } of others) void end.then(() => ended++);
  await Promise.all(gone.map((reader) => reader.ended));
  const heartbeats = (performance.now() - startedAt) / HEARTBEAT_MS;
  const figure = { id: "G12", value: heartbeats * USUAL_HEARTBEAT_MS / 1_000, beside: [] } as const;
  assert.ok(keepsFloor(figure), line(figure));
  assert.equal(ended, 0);
  for (const reader of [...others, ...gone]) reader.close();
});
