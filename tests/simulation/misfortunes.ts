/**
 * What goes wrong by the clock while a run is troubled: crashes and pauses at any moment, links that are
 * cut, hosts that do not hear each other, hosts that believe they own everything, and hosts that drain.
 */
import type { Environment } from "./environment.ts";
import type { Fleet, Running } from "./fleet.ts";
import type { ReportBus } from "./report_bus.ts";
import type { SimulatedHost } from "./simulated_host.ts";
import type { SimulatedStreamer } from "./simulated_streamer.ts";

export interface Troubled {
  readonly environment: Environment;
  readonly hosts: Fleet<SimulatedHost>;
  readonly streamers: Fleet<SimulatedStreamer>;
  readonly projectors: Fleet<Running>;
  readonly bus: ReportBus;
}

const KINDS = [
  "crash",
  "crash",
  "pause",
  "pause",
  "cut",
  "deafen",
  "flap",
  "force",
  "drain",
  "restart-streamer",
  "crash-projector",
] as const;

/** Lets something go wrong now and then until the world is healed. */
export function strikeNowAndThen(world: Troubled): void {
  const { clock, faults, random } = world.environment;
  const kinds = KINDS.filter(() => random.chance(0.6));
  const meanMs = random.pick([300, 1_000, 3_000]);
  if (kinds.length === 0) return;
  const next = () =>
    clock.after(random.between(0.2, 1.8) * meanMs, () => {
      if (faults.isHealed) return;
      strike(world, random.pick(kinds));
      next();
    });
  next();
}

/** Ends what lasts: cuts, deafness, and the belief to own everything. */
export function endMisfortunes({ bus, hosts, streamers }: Troubled): void {
  bus.deaf.clear();
  for (const host of hosts.members) host.forceAll = false;
  for (const { process } of hosts.members) process.isCut = false;
  for (const streamer of streamers.members) reconnect(streamer);
}

function strike(world: Troubled, kind: (typeof KINDS)[number]): void {
  const { environment, hosts, streamers, projectors } = world;
  const { random } = environment;
  const host = any(environment, hosts);
  const streamer = any(environment, streamers);
  switch (kind) {
    case "crash":
      return host?.process.crash("at any moment");
    case "pause":
      return host?.process.pause(random.between(5, 5_000), "at any moment");
    case "cut":
      if (random.chance(0.5)) return host && cut(environment, host, () => {});
      return streamer && cut(environment, streamer, () => reconnect(streamer));
    case "deafen":
    case "flap":
      return deafen(world, kind === "flap" ? 8 : 1);
    case "force":
      environment.note(host?.process.name ?? "", "believes to own everything");
      if (host) host.forceAll = true;
      return;
    case "drain":
      if (host) drain(world, host);
      return;
    case "restart-streamer":
      return streamer?.process.crash("to be replaced");
    case "crash-projector":
      return any(environment, projectors)?.process.crash("at any moment");
  }
}

function any<T extends Running>({ random }: Environment, fleet: Fleet<T>): T | undefined {
  const { members } = fleet;
  return members.length > 0 ? random.pick(members) : undefined;
}

function cut(environment: Environment, { process }: Running, then: () => void): void {
  environment.note(process.name, "is cut off");
  process.isCut = true;
  environment.clock.after(environment.random.between(100, 5_000), () => {
    if (!process.isCut || !process.isAlive) return;
    process.isCut = false;
    environment.note(process.name, "is connected again");
    then();
  });
}

function reconnect(streamer: SimulatedStreamer): void {
  streamer.process.isCut = false;
  streamer.reconnected();
}

/** One host does not hear another, in one direction, for a while or every few moments. */
function deafen({ environment, hosts, bus }: Troubled, times: number): void {
  const { clock, random } = environment;
  const [from, to] = [any(environment, hosts), any(environment, hosts)];
  if (!from || !to) return;
  const pair = `${from.process.name}>${to.process.name}`;
  environment.note(to.process.name, `does not hear ${from.process.name}`);
  for (let i = 0; i < times; i++) {
    const startMs = i * 400;
    clock.after(startMs, () => bus.deaf.add(pair));
    clock.after(startMs + (times > 1 ? 200 : random.between(500, 6_000)), () => {
      bus.deaf.delete(pair);
    });
  }
}

/** A host is replaced as in a deploy: it ends when it has given everything away, or when it takes long. */
function drain({ environment }: Troubled, host: SimulatedHost): void {
  if (host.isDraining) return;
  host.drain();
  const startedAtMs = environment.clock.nowMs;
  const look = () => {
    if (!host.process.isAlive) return;
    const lateMs = environment.clock.nowMs - startedAtMs;
    if (host.owned.size === 0 || lateMs > 4_000) host.process.crash("after it drained");
    else environment.clock.after(50, look);
  };
  look();
}
