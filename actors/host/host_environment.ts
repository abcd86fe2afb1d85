/** What the actors of a host get from outside: the log, replies, dead letters, time, metrics. */
import { jetstreamManager } from "@nats-io/jetstream";
import { headers as newHeaders, type NatsConnection } from "@nats-io/nats-core";
import { logger, type Outbox, pause, recordDeadLetter, streamName } from "../platform/mod.ts";
import {
  blockOf,
  groupSubject,
  headers,
  partitionOf,
  shardOfBlock,
} from "../protocol/routing/mod.ts";
import type { Waiting } from "./batch.ts";
import type { ActorEnvironment } from "./group_actor.ts";
import type { HostMetrics } from "./host_metrics.ts";
import type { Unreadable } from "./mailbox.ts";
import { CODE_VERSION, type NatsLog } from "./nats_log.ts";
import type { NatsTimers } from "./nats_timers.ts";

const MAX_BACKOFF_MS = 1_000;

export interface HostEnvironmentOptions {
  readonly outbox: Outbox;
  readonly log: NatsLog;
  readonly timers: NatsTimers;
  readonly metrics: HostMetrics;
  /** How many streams the mailbox is cut into. */
  readonly shards: number;
  readonly isStopping: () => boolean;
}

/** Makes the environment, and what sets aside a mailbox message that cannot be processed. */
export function hostEnvironment(
  connection: NatsConnection,
  options: HostEnvironmentOptions,
): {
  readonly environment: ActorEnvironment;
  readonly setAside: (message: Unreadable) => Promise<void>;
} {
  const { outbox, log: groupLog, timers, metrics, shards, isStopping } = options;
  const log = logger("host");

  /** Records it on the dead-letter stream, for as long as it takes, so that it can be passed. */
  async function setAside(message: Unreadable): Promise<void> {
    const { subject, error } = message;
    const reason = error instanceof Error ? error.message : String(error);
    metrics.poison.inc();
    log.error("Set aside a message of {subject}: {reason}", { subject, reason });
    await persist("record a dead letter", () =>
      recordDeadLetter(connection, {
        ...message,
        tries: 1,
        process: "group-host",
        codeVersion: CODE_VERSION,
      }));
  }

  /** Sets aside a command that could not be decided, as the mailbox has it. */
  async function setCommandAside({ command, sequence }: Waiting, error: unknown): Promise<void> {
    const subject = groupSubject("command", command.group_id);
    const shard = shardOfBlock(blockOf(partitionOf(command.group_id)), shards);
    const stream = streamName("CMD", shard);
    const manager = await jetstreamManager(connection, { checkAPI: false });
    const original = await persist(
      "read a command that is to be set aside",
      () => manager.streams.getMessage(stream, { seq: sequence }),
    );
    await setAside({
      subject,
      stream,
      sequence,
      // Gone only if the cursor has passed it: then another owner has set it aside.
      data: original?.data ?? new TextEncoder().encode(JSON.stringify(command)),
      headers: original?.header,
      error,
    });
  }

  /** Tries `action` until it succeeds or the host gives up. */
  async function persist<T>(what: string, action: () => Promise<T>): Promise<T> {
    for (let attempt = 0;; attempt++) {
      try {
        return await action();
      } catch (failure) {
        if (isStopping()) throw failure;
        log.warning("Cannot {what}; trying again: {failure}", { what, failure });
        await pause(Math.min(MAX_BACKOFF_MS, 50 * 2 ** attempt));
      }
    }
  }

  const environment: ActorEnvironment = {
    log: groupLog,
    timers,
    sendReply: (replyTo, reply) => {
      const header = newHeaders();
      header.set(headers.OUTCOME, reply.outcome);
      header.set(headers.VERSION, String(reply.version));
      metrics.outcomes.inc({ outcome: reply.outcome });
      outbox.publish(replyTo, reply.body, { headers: header });
    },
    reportPoison: setCommandAside,
    newCommitId: () => crypto.randomUUID(),
    backoff: (attempt) => pause(Math.min(MAX_BACKOFF_MS, 50 * 2 ** attempt) * Math.random()),
    pause,
    monotonicMs: () => performance.now(),
    onTrouble: (group, what, error) =>
      log.warning("Trouble {what} for group {group}; trying again: {error}", {
        what,
        group,
        error,
      }),
    onAppend: (result, commands) => {
      metrics.appends.inc({ result });
      if (result === "stored") metrics.commandsPerCommit.observe(commands);
    },
    isStopping,
  };
  return { environment, setAside };
}
