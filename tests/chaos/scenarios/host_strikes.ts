/**
 * Group hosts are killed and stopped, again and again, at random and at labelled points of a command's
 * life, while clients work. In rounds: each begins with nothing and ends with a verdict, so that a long
 * run needs no more memory than a short one.
 */
import { eventually, sleep } from "../../support/eventually.ts";
import type { Answered, Fault } from "../../support/history.ts";
import { FAULT_POINTS } from "../fault_points.ts";
import type { HostSlot } from "../hosts.ts";
import { Load } from "../load.ts";
import { type Handover, handoverChecks, handoverFigures, takeoversAfter } from "../handovers.ts";
import { atMostMs, exactly, inMs, quantile, sound, spread, waits } from "../measure.ts";
import { PointTally, unreachedPoints } from "../point_tally.ts";
import { type Random, seeded } from "../random.ts";
import {
  PATIENCE_MS,
  type Scenario,
  type ScenarioContext,
  type ScenarioResult,
} from "../scenario.ts";
import { Site } from "../site.ts";
import { type Blow, strike } from "../strike.ts";
import { judge } from "../verdict.ts";

const HOSTS = 3;
const BLOWS_PER_ROUND = 50;
/** Pauses of a stopped host: too short to be taken for dead, about that long, and long after it. */
const PAUSES_MS = [300, 1_400, 2_500, 6_000];
/** How long the last one of a whole round stands still: long forgotten when it goes on. */
const ZOMBIE_MS = 30_000;
/** How long ordinary work may take to reach every common point: cursors are saved once a second. */
const REACHED_WITHIN_MS = 15_000;

/** What all rounds came to. */
interface Tally {
  readonly points: PointTally;
  readonly handovers: Handover[];
  /** Common points that ordinary work was not seen to reach. */
  readonly unreached: string[];
  readonly signals: Record<Blow["signal"], number>;
  readonly takeoversMs: number[];
  readonly waitsMs: number[];
  readonly faults: Fault[];
  commands: number;
  compared: number;
  repeated: number;
}

export const hostStrikes: Scenario = {
  name: "host-strikes",
  about:
    `One of ${HOSTS} group hosts at a time is killed (4 of 5) or stopped for 0.3 to 6 s (1 of 5), ` +
    `each ${BLOWS_PER_ROUND}th for 30 s.`,
  defaults: { short: { kills: 3 }, long: { kills: 1_000 } },
  run: runRounds,
};

async function runRounds(context: ScenarioContext): Promise<ScenarioResult> {
  const tally: Tally = {
    points: new PointTally(),
    handovers: [],
    unreached: [],
    signals: { SIGKILL: 0, SIGSTOP: 0 },
    takeoversMs: [],
    waitsMs: [],
    faults: [],
    commands: 0,
    compared: 0,
    repeated: 0,
  };
  for (let done = 0; done < context.kills; done += BLOWS_PER_ROUND) {
    const blows = Math.min(BLOWS_PER_ROUND, context.kills - done);
    await runRound(blows, seeded(context.seed + done), tally);
    context.say(
      `${done + blows} of ${context.kills} blows, ${tally.commands} commands, ` +
        `${tally.faults.length} faults, takeover ${spread(tally.takeoversMs)}`,
    );
  }
  return resultOf(tally);
}

async function runRound(blows: number, random: Random, tally: Tally): Promise<void> {
  await using site = await Site.start({ nodes: 1, hosts: HOSTS });
  const load = new Load(await site.connect("load"), random);
  await load.served(performance.now(), PATIENCE_MS);
  tally.unreached.push(...await unreachedPoints(site.hosts, REACHED_WITHIN_MS));
  for (let i = 0; i < blows; i++) {
    await sleep(random.below(300));
    const isZombie = i === BLOWS_PER_ROUND - 1;
    await blow(site.hosts, load, {
      random,
      tally,
      signal: !isZombie && random.next() < 0.8 ? "SIGKILL" : "SIGSTOP",
      pauseMs: isZombie ? ZOMBIE_MS : random.pick(PAUSES_MS),
    });
  }
  const verdict = await judge(site, load);
  add(tally, verdict.history);
  tally.compared += verdict.placed;
  tally.faults.push(...verdict.faults);
}

async function blow(
  hosts: readonly HostSlot[],
  load: Load,
  { random, tally, signal, pauseMs }: Pick<Blow, "signal" | "pauseMs"> & {
    readonly random: Random;
    readonly tally: Tally;
  },
): Promise<void> {
  const host = random.pick(hosts);
  const point = random.next() < 0.8 ? random.pick(FAULT_POINTS) : undefined;
  const struck = await strike(host, { signal, point, pauseMs });
  tally.signals[signal]++;
  tally.points.add(point, struck.atPoint);
  tally.takeoversMs.push(await load.served(struck.atMs, PATIENCE_MS));
  if (signal === "SIGKILL") {
    await host.end();
    await host.start();
  }
  await struck.resumed;
  await eventually(() => host.isReady(), `${host.name} to be ready again`, PATIENCE_MS);
  for (const { handovers } of hosts) {
    tally.handovers.push(...takeoversAfter(struck.atMs, handovers));
  }
}

function add(tally: Tally, history: readonly Answered[]): void {
  tally.commands += history.length;
  tally.repeated += history.filter(({ attempts }) => attempts > 1).length;
  tally.waitsMs.push(...waits(history));
}

function resultOf(tally: Tally): ScenarioResult {
  const { signals, points, handovers, unreached, takeoversMs, waitsMs, faults } = tally;
  return {
    figures: {
      "hosts killed, stopped": `${signals.SIGKILL}, ${signals.SIGSTOP}`,
      ...points.figures,
      "commands": tally.commands,
      "commands repeated under their id": tally.repeated,
      "waiting for the outcome": spread(waitsMs),
      "until every group is served again": spread(takeoversMs),
      "mean of it": inMs(takeoversMs.reduce((sum, ms) => sum + ms, 0) / takeoversMs.length),
      ...handoverFigures(handovers),
    },
    checks: [
      ...sound({ faults, placed: tally.compared }),
      { ...exactly("common points never reached", unreached.length, 0), ...named(unreached) },
      points.check(),
      atMostMs("p99 of commands", quantile(waitsMs, 0.99), 3_000),
      atMostMs("p99 of takeovers", quantile(takeoversMs, 0.99), 3_000),
      ...handoverChecks(handovers, ["dead"]),
    ],
    faults,
  };
}

/** Says which they are, when there are some. */
function named(what: readonly string[]): { readonly measured?: string } {
  return what.length === 0 ? {} : { measured: [...new Set(what)].join(", ") };
}
