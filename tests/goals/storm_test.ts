/** A storm of streams that come back leaves Postgres alone: the floor of G10, on the stack of the test run. */
import assert from "node:assert/strict";
import { measureStorm } from "../bench/storm_measures.ts";
import { keepsFloor, line } from "../bench/stream_goals.ts";

Deno.test("streams that come back all at once hardly ask anything of Postgres", async () => {
  const figure = await measureStorm({
    url: Deno.env.get("TEST_EDGE_URL") ?? "",
    streamerUrl: Deno.env.get("TEST_STREAMER_URL") ?? "",
    databaseUrl: Deno.env.get("TEST_DATABASE_URL") ?? "",
    users: 6,
    rounds: 8,
    // What the stack asks anyway counts, too: it is too little to reach the floor.
    quietSeconds: 0,
  });
  assert.ok(keepsFloor(figure), line(figure));
});
