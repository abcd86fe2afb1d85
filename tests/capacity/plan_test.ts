import assert from "node:assert/strict";
import fc from "fast-check";
import { type CostName, COSTS, type Costs, readFigures, valuesOf } from "../bench/costs.ts";
import { type Assumed, assumed, ASSUMPTIONS, WATCHERS } from "./assumptions.ts";
import { busiestShare, hostsFor } from "./hosts.ts";
import { limitsOf } from "./limits.ts";
import { loadOf } from "./load.ts";
import { type Plan, planFor } from "./plan.ts";
import { spare } from "./redundancy.ts";
import { sensitivities } from "./sensitivity.ts";
import {
  meanFanOut,
  meanStreamersPerEvent,
  meanWatchers,
  subscriptionsPerStream,
} from "./watchers.ts";

const SETTINGS = {
  accessTokenMs: 600_000,
  rotateMs: 600_000,
  heartbeatMs: 15_000,
  streamsTotal: 18_000,
  ringCommits: 32,
};
const MEASURED = valuesOf(await readFigures());

/** Round costs, so that what follows from them can be reckoned by hand. */
const ROUND = Object.fromEntries(Object.keys(COSTS).map((name) => [name, 100])) as Record<
  CostName,
  number
>;

/** Everything that a plan says there must be. */
function amounts(plan: Plan): Record<string, number> {
  const { edge, streamer, host, projector, nats, postgres, network, shards } = plan;
  return {
    edges: edge.pods,
    streamers: streamer.pods,
    hosts: host.pods,
    edgeCores: edge.cores,
    streamerCores: streamer.cores,
    hostCores: host.cores,
    projectorCores: projector.cores,
    servers: nats.pods,
    natsCores: nats.cores,
    subscriptions: nats.subscriptions,
    log: nats.logGiBPerDay,
    postgresCores: postgres.cores,
    postgresGiB: postgres.gibPerDay,
    connections: postgres.connections,
    network: network.toBrowsersMbit + network.betweenServersMbit,
    shards,
    pods: plan.totals.pods,
    cores: plan.totals.cores,
  };
}

function neverLess(more: Plan, less: Plan): void {
  const after = amounts(more);
  for (const [name, before] of Object.entries(amounts(less))) {
    const now = after[name] ?? NaN;
    assert.ok(now >= before * (1 - 1e-9), `${name}: ${before} -> ${now}`);
  }
}

const users = fc.integer({ min: 1_000, max: 1_000_000 });
const times = fc.double({ min: 1, max: 3, noNaN: true });

Deno.test("more people never need less of anything", () => {
  fc.assert(
    fc.property(users, times, (usersOnline, factor) => {
      const plan = (count: number) => planFor(assumed({ usersOnline: count }), MEASURED, SETTINGS);
      neverLess(plan(usersOnline * factor), plan(usersOnline));
    }),
    { numRuns: 40 },
  );
});

Deno.test("people who do more never need less", () => {
  const does = fc.constantFrom<keyof Assumed>(
    "commandsPerUserHour",
    "readsPerUserHour",
    "loginsPerUserHour",
    "freshStreamsPerUserHour",
    "eventBytesFactor",
    "historyEvents",
    "streamsPerUser",
    "peakFactor",
  );
  fc.assert(
    fc.property(users, does, times, (usersOnline, name, factor) => {
      const usual = assumed({ usersOnline });
      const more = { ...usual, [name]: usual[name] * factor };
      neverLess(planFor(more, MEASURED, SETTINGS), planFor(usual, MEASURED, SETTINGS));
    }),
    { numRuns: 40 },
  );
});

Deno.test("work that costs more never needs fewer cores, pods or bytes", () => {
  const names = Object.keys(COSTS) as CostName[];
  // What is counted per second is a capacity: more of it is better.
  const cost = fc.constantFrom(...names.filter((name) => !name.endsWith("_per_s")));
  fc.assert(
    fc.property(cost, times, (name, factor) => {
      // Copies cost what three of them cost more than one.
      if (name === "nats.store_us") return;
      const dearer: Costs = { ...MEASURED, [name]: MEASURED[name] * factor };
      const usual = assumed({ usersOnline: 100_000 });
      neverLess(planFor(usual, dearer, SETTINGS), planFor(usual, MEASURED, SETTINGS));
    }),
    { numRuns: 60 },
  );
});

Deno.test("what is left without a zone, or without one, is enough, and one less would not be", () => {
  fc.assert(fc.property(
    fc.double({ min: 0.01, max: 2_000, noNaN: true }),
    fc.integer({ min: 2, max: 5 }),
    (need, zones) => {
      const count = spare(need, zones);
      const enough = (pods: number) => pods - Math.ceil(pods / zones) >= need && pods - 1 >= need;
      assert.ok(enough(count));
      assert.ok(count > Math.ceil(need), "never less than N + 1");
      assert.ok(count === Math.ceil(need) + 1 || !enough(count - 1));
    },
  ));
});

Deno.test("every part of every plan survives the loss of a zone", () => {
  fc.assert(
    fc.property(users, (usersOnline) => {
      const plan = planFor(assumed({ usersOnline }), MEASURED, SETTINGS);
      for (const { pods, needed, limitedBy } of [plan.edge, plan.streamer, plan.host, plan.nats]) {
        const need = Math.max(...Object.values(needed));
        assert.ok(pods - Math.ceil(pods / ASSUMPTIONS.zones.value) >= need);
        assert.equal(needed[limitedBy], need);
      }
      assert.equal(plan.projector.pods, 1);
    }),
    { numRuns: 30 },
  );
});

Deno.test("what NATS has to spare is enough to follow every group anew in the time that is given for it", () => {
  fc.assert(
    fc.property(users, fc.constantFrom(5, 20, 60, 180), (usersOnline, reconnectSeconds) => {
      const given = assumed({ usersOnline, reconnectSeconds });
      const { nats } = planFor(given, MEASURED, SETTINGS);
      // Each reads its group's newest message, its snapshot, and what is after it: at least a page of one.
      const leastUs = MEASURED["nats.last_us"] + MEASURED["nats.snapshot_us"] +
        MEASURED["nats.page_us"] / 50;
      const seconds = nats.subscriptions * leastUs / 1e6 / nats.coresToSpare;
      assert.ok(seconds <= reconnectSeconds, `${seconds} s`);
    }),
    { numRuns: 30 },
  );
});

Deno.test("the totals are the sums of the parts", () => {
  const plan = planFor(assumed(), MEASURED, SETTINGS);
  const parts = [plan.edge, plan.streamer, plan.host, plan.projector, plan.nats];
  assert.equal(plan.totals.pods, parts.reduce((sum, { pods }) => sum + pods, 0));
  const cores = parts.reduce((sum, part) => sum + part.cores, 0) + plan.postgres.cores;
  assert.ok(Math.abs(plan.totals.cores - cores) < 1e-9);
});

Deno.test("a load that can be reckoned by hand comes out as reckoned", () => {
  const load = loadOf(
    assumed({ usersOnline: 3_600, commandsPerUserHour: 2, peakFactor: 5, streamsPerUser: 1 }),
    SETTINGS,
  );
  assert.equal(load.commands, 10);
  assert.equal(load.streams, 3_600);
  // 540 s ahead of which a page has a new token, nine and a half tenths of that on average.
  assert.ok(Math.abs(load.refreshes - 3_600 / 513) < 1e-9);
  assert.equal(load.deliveries, 10 * meanFanOut());
  const plan = planFor(
    assumed({ usersOnline: 3_600, commandsPerUserHour: 2, peakFactor: 5 }),
    ROUND,
    SETTINGS,
  );
  assert.ok(Math.abs(plan.host.cores - 10 * 100 / 1e6) < 1e-12);
});

Deno.test("the shares of group sizes are all groups, and everybody watches with somebody", () => {
  const all = WATCHERS.reduce((sum, { share }) => sum + share, 0);
  assert.ok(Math.abs(all - 1) < 1e-9);
  assert.ok(meanFanOut() >= meanWatchers());
  fc.assert(fc.property(fc.integer({ min: 1, max: 2_000 }), (streamers) => {
    assert.ok(meanStreamersPerEvent(streamers) <= Math.min(streamers, meanFanOut()) + 1e-9);
    assert.ok(subscriptionsPerStream(streamers) <= 1 + 1e-9);
  }));
});

Deno.test("hosts are as many as the real placement needs for its busiest one", () => {
  assert.equal(busiestShare(1), 1);
  assert.equal(hostsFor(1), 1);
  assert.equal(hostsFor(1 / 1_000), undefined);
  const hosts = hostsFor(0.2) ?? 0;
  assert.ok(busiestShare(hosts) <= 0.2 && busiestShare(hosts - 1) > 0.2);
  assert.ok(hosts > 5, "blocks are never spread quite evenly");
});

Deno.test("more commands than 64 blocks carry are no plan", () => {
  assert.throws(
    () => planFor(assumed({ commandsPerUserHour: 12_000 }), MEASURED, SETTINGS),
    /more than 64 blocks carry/,
  );
});

Deno.test("limits are told with what is used of them, and inputs by what they move", () => {
  const plan = planFor(assumed(), MEASURED, SETTINGS);
  const limits = limitsOf(plan, { assumed: assumed(), costs: MEASURED, settings: SETTINGS });
  assert.ok(limits.every(({ limit, used }) => limit > 0 && used >= 0));
  const [first] = sensitivities(MEASURED, SETTINGS);
  assert.ok(first && first.podsTimes !== 1);
});
