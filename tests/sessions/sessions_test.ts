/** The short form of the simulation of sessions: 20,000 of them, every scenario, and that it can fail. */
import assert from "node:assert/strict";
import { readFigures, valuesOf } from "../bench/costs.ts";
import { seconds, verdictsOf } from "./goals.ts";
import { describeHosts, loseHost } from "./host_loss.ts";
import { describe } from "./report.ts";
import { type Result, runScenario } from "./run.ts";
import { SCENARIOS } from "./scenarios.ts";

const SESSIONS = 20_000;
const COSTS = valuesOf(await readFigures());
/** A deployment of so few streamers is no gentle one: what a few have to take in is much for them. */
const ONLY_AT_FULL_SIZE = /at most 3 times as fast/;

function scenario(name: string) {
  const found = SCENARIOS.find((each) => each.name === name);
  assert.ok(found, name);
  return found;
}

Deno.test.each(SCENARIOS.map(({ name }) => [name] as const))(
  "after %s everybody is back in time and nobody misses anything",
  async (name) => {
    const result = await runScenario(scenario(name), { seed: 7, sessions: SESSIONS, costs: COSTS });
    const missed = verdictsOf(result)
      .filter(({ met, goal }) => !met && !ONLY_AT_FULL_SIZE.test(goal));
    assert.deepEqual(missed, [], describe(result).text);
    assert.ok(result.current + result.fromRing > 1_000, "sessions came back");
    assert.equal(result.resets, 0);
  },
);

Deno.test("the same seed is the same run, another seed is another", async () => {
  const run = async (seed: number): Promise<Partial<Result>> => {
    const options = { seed, sessions: 3_000, costs: COSTS };
    const { tookMs: _, ...rest } = await runScenario(scenario("lost-streamer"), options);
    return rest;
  };
  const [first, again, other] = [await run(1), await run(1), await run(2)];
  assert.deepEqual(again, first);
  assert.notEqual(other.lost, first.lost);
});

Deno.test("a ring that holds next to nothing sends readers to the log, and they miss nothing there", async () => {
  const result = await runScenario(scenario("reconnect-storm"), {
    seed: 3,
    sessions: 5_000,
    costs: { ...COSTS, "stream.fold_us": COSTS["stream.fold_us"] * 20 },
    settings: { ringCommits: 1 },
  });
  assert.ok(result.fromLog > 0, "some were served from the log");
  assert.deepEqual(result.violations, []);
});

Deno.test("streamers that are too slow miss the goal, and the report says so", async () => {
  const slow = { ...COSTS, "stream.open_us": 600_000 };
  const options = { seed: 1, sessions: 3_000, costs: slow };
  const result = await runScenario(scenario("reconnect-storm"), options);
  const { text, met } = describe(result);
  assert.equal(met, false);
  assert.match(text, /MISSED/);
});

Deno.test("streamers with room for fewer streams refuse, and the pages come back until there is room", async () => {
  const options = { seed: 1, sessions: 6_000, costs: COSTS };
  const usual = await runScenario(scenario("lost-streamer"), options);
  const limit = Math.ceil(options.sessions / (usual.pods - 1) * 0.99);
  const result = await runScenario(scenario("lost-streamer"), {
    ...options,
    settings: { streamsTotal: limit, maxIdleFeeds: 1_000 },
  });
  assert.equal(usual.refused, 0);
  // The plan gives room for more streamers when each takes fewer, so that is asked first.
  assert.ok(result.pods >= usual.pods);
  assert.ok(result.peakStreams <= limit, `${result.peakStreams} of ${limit}`);
});

Deno.test("times that nobody reached are told as such", () => {
  assert.equal(seconds(Infinity), "not all");
  assert.equal(seconds(1_250), "1.3 s");
});

Deno.test.each(["killed", "drained", "rolled"] as const)(
  "while a group host is %s every command is decided, and soon",
  (how) => {
    const result = loseHost(how, { seed: 5, sessions: 200_000, costs: COSTS });
    const { met, text } = describeHosts(result);
    assert.ok(met, text);
    assert.equal(result.stuck, 0);
    assert.ok(result.commands > 1_000);
  },
);
