/** What befalls the sessions: each scenario sets a world up and strikes at a time. */
import { drainOverMs } from "../../actors/stream/testing/mod.ts";
import type { Pod } from "./pod.ts";
import type { World } from "./world.ts";
import type { WorldOptions } from "./world_options.ts";

/** Virtual time before anything happens, in which the usual coming and going is measured. */
export const STRIKES_AT_MS = 20_000;
/** A balancer learns that a process is gone: the kubelet tells, endpoints are replaced, gateways follow. */
const NOTICED_AFTER_MS = 2_000;
/** A new streamer starts, connects and passes its readiness probe. */
const READY_AFTER_MS = 8_000;
/** `preStop` in the manifest of the streamer. */
export const PRE_STOP_MS = 5_000;
/** `minReadySeconds` there: so long a new one has to be ready before the next old one goes. */
export const MIN_READY_MS = 30_000;
/** How many are replaced in a run; the others would go alike. */
const REPLACED = 16;

export interface Scenario {
  readonly name: string;
  readonly what: string;
  /** Virtual time after the strike. */
  readonly forMs: (pods: number) => number;
  /** Whether it goes on although nobody is without a stream for a moment. */
  readonly lasts?: boolean;
  readonly options?: (sessions: number) => Partial<WorldOptions>;
  readonly start: (world: World) => void;
}

export const SCENARIOS: readonly Scenario[] = [
  {
    name: "reconnect-storm",
    what: "every stream is cut at once, as when the gateway starts again",
    forMs: () => 200_000,
    start: (world) => world.time.at(STRIKES_AT_MS, () => world.cut()),
  },
  {
    name: "lost-streamer",
    what: "one streamer is killed; another one takes its place after a while",
    forMs: () => 60_000,
    start: (world) =>
      world.time.at(STRIKES_AT_MS, () => {
        const [pod] = world.pods;
        if (pod) lose(world, [pod]);
      }),
  },
  {
    name: "lost-zone",
    what: "a third of the streamers is killed at once",
    forMs: () => 200_000,
    start: (world) =>
      world.time.at(STRIKES_AT_MS, () => {
        lose(world, world.pods.slice(0, Math.ceil(world.pods.length / 3)));
      }),
  },
  {
    name: "rolling-streamers",
    what: "streamers, 16 at the most, are replaced one after the other, as a deployment does",
    lasts: true,
    forMs: (pods) => Math.min(pods, REPLACED) * (READY_AFTER_MS + MIN_READY_MS) + 60_000,
    start: (world) =>
      world.time.at(STRIKES_AT_MS, () => roll(world, world.pods.slice(0, REPLACED))),
  },
  {
    name: "hot-group",
    what:
      "one in twenty sessions follows the same group, where something happens twice a second; a streamer is killed",
    forMs: () => 60_000,
    options: (sessions) => ({ hotGroup: Math.floor(sessions / 20), hotCommandsPerSecond: 2 }),
    start: (world) =>
      world.time.at(STRIKES_AT_MS, () => {
        const [pod] = world.pods;
        if (pod) lose(world, [pod]);
      }),
  },
  {
    name: "daily-peak",
    what:
      "the last tenth of those online comes within two minutes, ten times as fast as in a usual morning",
    forMs: () => 160_000,
    options: () => ({ online: 0.9 }),
    start: (world) => {
      const { sessions, random } = world.options;
      for (let session = 0; session < sessions; session++) {
        world.arrive(session, STRIKES_AT_MS + random.next() * 120_000);
      }
    },
  },
];

/** Kills `pods`; the balancer notices after a while, and new ones come after a longer one. */
function lose(world: World, pods: readonly Pod[]): void {
  for (const pod of pods) {
    world.kill(pod);
    world.time.at(world.time.nowMs + NOTICED_AFTER_MS, () => {
      world.balancer.route(pod, false);
      world.remove(pod);
    });
    world.time.at(
      world.time.nowMs + NOTICED_AFTER_MS + READY_AFTER_MS,
      () => world.balancer.route(world.addPod(), true),
    );
  }
}

/** Replaces the first of `pods`, then the others: a new one is ready before an old one is asked to go. */
function roll(world: World, pods: Pod[]): void {
  const old = pods.shift();
  if (!old) return;
  const { time } = world;
  time.at(time.nowMs + READY_AFTER_MS, () => {
    world.balancer.route(world.addPod(), true);
    time.at(time.nowMs + MIN_READY_MS, () => {
      world.balancer.route(old, false);
      time.at(time.nowMs + PRE_STOP_MS, () => void drain(world, old));
      roll(world, pods);
    });
  });
}

/** What the streamer does when it is asked to stop: its own way of ending its streams. */
async function drain(world: World, pod: Pod): Promise<void> {
  pod.draining = true;
  const overMs = drainOverMs(world.options.config.drainMs);
  await pod.streams.drain("draining", { overMs, pause: (ms) => world.time.pause(ms) });
  world.remove(pod);
}
