/** The actors of one kind in a host: what they need from outside, on NATS. */
import { headers as newHeaders, type NatsConnection } from "@nats-io/nats-core";
import type { ActorCommand, ActorKind } from "../kind/mod.ts";
import { logger, type Outbox, pause } from "../platform/mod.ts";
import { headers } from "../protocol/routing/mod.ts";
import { type ActorEnvironment, Actors, type ActorsOptions } from "./actor/mod.ts";
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
  readonly setAside: SetAside;
  readonly isStopping: () => boolean;
}

/** Makes the actors of `kind`, none of them in memory yet; `dispose` ends what they wait for. */
export function hostActors<State, Event extends object, Command extends ActorCommand>(
  connection: NatsConnection,
  kind: ActorKind<State, Event, Command>,
  options: HostActorsOptions,
): { readonly actors: Actors<State, Event, Command>; readonly dispose: () => void } {
  const { outbox, shards, metrics, snapshotsCounted, setAside, isStopping } = options;
  const { name } = kind;
  const trouble = logger("host");
  const log = new NatsLog(connection, { kind: name, shards, outbox });
  const timers = new NatsTimers(connection, { kind: name, shards, outbox });
  const environment: ActorEnvironment<State, Event, Command> = {
    kind,
    log,
    snapshots: hostSnapshots(connection, kind, { log, shards, counted: snapshotsCounted }),
    timers,
    sendReply: (replyTo, reply) => {
      const header = newHeaders();
      header.set(headers.OUTCOME, reply.outcome);
      header.set(headers.VERSION, String(reply.version));
      metrics.outcomes.inc({ outcome: reply.outcome });
      outbox.publish(replyTo, reply.body, { headers: header });
    },
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
  return {
    actors: new Actors(environment, options),
    dispose: () => {
      log[Symbol.dispose]();
      timers[Symbol.dispose]();
    },
  };
}
