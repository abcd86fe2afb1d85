/** The actors of one kind in a host: what they need from outside, on NATS. */
import type { NatsConnection } from "@nats-io/nats-core";
import type { ActorCommand, ActorKind } from "../kind/mod.ts";
import { logger, type Outbox, pause } from "../platform/mod.ts";
import { type ActorEnvironment, Actors, type ActorsOptions, type SendReply } from "./actor/mod.ts";
import { backoffMs } from "./backoff.ts";
import type { HostMetrics } from "./host_metrics.ts";
import { type countSnapshots, hostSnapshots } from "./host_snapshots.ts";
import { NatsLog, NatsTimers } from "./nats/mod.ts";
import type { SetAside } from "./set_aside.ts";

export interface HostActorsOptions extends ActorsOptions {
  readonly outbox: Outbox;
  /** How many streams the log is cut into. */
  readonly shards: number;
  readonly metrics: HostMetrics;
  readonly snapshotsCounted: ReturnType<typeof countSnapshots>;
  readonly sendReply: SendReply;
  readonly setAside: SetAside;
  readonly isStopping: () => boolean;
}

/** The actors of one kind, and what has to be done for them when the host stops. */
export interface HostedActors<State, Event extends object, Command extends ActorCommand> {
  readonly actors: Actors<State, Event, Command>;
  /** Resolves when no actor is busy and no snapshot waits to be written. */
  readonly settle: () => Promise<void>;
  /** Ends what they wait for. */
  readonly dispose: () => void;
}

/** Makes the actors of `kind`, none of them in memory yet. */
export function hostActors<State, Event extends object, Command extends ActorCommand>(
  connection: NatsConnection,
  kind: ActorKind<State, Event, Command>,
  options: HostActorsOptions,
): HostedActors<State, Event, Command> {
  const { outbox, shards, metrics, snapshotsCounted, sendReply, setAside, isStopping } = options;
  const { name } = kind;
  const trouble = logger("host");
  const log = new NatsLog(connection, { kind: name, shards, outbox });
  const timers = new NatsTimers(connection, { kind: name, shards, outbox });
  const snapshots = hostSnapshots(connection, kind, { log, shards, counted: snapshotsCounted });
  const environment: ActorEnvironment<State, Event, Command> = {
    kind,
    log,
    snapshots,
    timers,
    sendReply,
    reportPoison: (id, waiting, error) => setAside.command({ kind: name, id }, waiting, error),
    newCommitId: () => crypto.randomUUID(),
    backoff: (attempt) => pause(backoffMs(attempt) * Math.random()),
    pause,
    monotonicMs: () => performance.now(),
    onTrouble: (id, what, error) =>
      trouble.warning("Trouble {what} for {name} {id}; trying again: {error}", {
        what,
        name,
        id,
        error,
      }),
    onAppend: (result, commands) => {
      metrics.appends.inc({ result });
      if (result === "stored") metrics.commandsPerCommit.observe(commands);
    },
    isStopping,
  };
  const actors = new Actors(environment, options);
  return {
    actors,
    settle: async () => {
      await actors.settle();
      await snapshots.settle();
    },
    dispose: () => {
      log[Symbol.dispose]();
      timers[Symbol.dispose]();
    },
  };
}
