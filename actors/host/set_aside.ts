/** Sets aside what a host cannot process: on the dead-letter stream, so that it can be passed and looked at. */
import { jetstreamManager } from "@nats-io/jetstream";
import type { NatsConnection } from "@nats-io/nats-core";
import { logger, pause, recordDeadLetter, streamName } from "../platform/mod.ts";
import type { Problem } from "../protocol/mod.ts";
import {
  type ActorAddress,
  actorSubject,
  blockOf,
  headers,
  partitionOf,
  shardOfBlock,
} from "../protocol/routing/mod.ts";
import type { SendReply, Waiting } from "./actor/mod.ts";
import { backoffMs } from "./backoff.ts";
import type { HostMetrics } from "./host_metrics.ts";
import type { Unreadable } from "./mailbox/mod.ts";
import { CODE_VERSION } from "./nats/mod.ts";

export interface SetAsideOptions {
  readonly sendReply: SendReply;
  readonly metrics: Pick<HostMetrics, "poison">;
  /** How many streams the mailbox is cut into. */
  readonly shards: number;
  readonly isStopping: () => boolean;
}

/** Both try for as long as it takes, or until the host gives up. */
export interface SetAside {
  /** Sets aside a mailbox message that is no command, and tells so to whoever waits for an outcome. */
  readonly message: (message: Unreadable) => Promise<void>;
  /** Sets aside a command that could not be decided, as the mailbox has it. */
  readonly command: (actor: ActorAddress, waiting: Waiting, error: unknown) => Promise<void>;
}

export function setAside(
  connection: NatsConnection,
  { metrics, sendReply, shards, isStopping }: SetAsideOptions,
): SetAside {
  const log = logger("host");

  async function message(unreadable: Unreadable): Promise<void> {
    await record(unreadable);
    const replyTo = unreadable.headers?.get(headers.REPLY_TO);
    if (!replyTo) return;
    const problem: Problem = { code: "internal", detail: "It is no command and was set aside" };
    const body = JSON.stringify({ status: "rejected", problem });
    sendReply(replyTo, { outcome: "rejected", version: 0, body });
  }

  async function record(unreadable: Unreadable): Promise<void> {
    const { subject, error } = unreadable;
    const reason = error instanceof Error ? error.message : String(error);
    metrics.poison.inc();
    log.error("Set aside a message of {subject}: {reason}", { subject, reason });
    await persist("record a dead letter", () =>
      recordDeadLetter(connection, {
        ...unreadable,
        tries: 1,
        process: "group-host",
        codeVersion: CODE_VERSION,
      }));
  }

  async function command(
    actor: ActorAddress,
    { command, sequence }: Waiting,
    error: unknown,
  ): Promise<void> {
    const stream = streamName("CMD", shardOfBlock(blockOf(partitionOf(actor.id)), shards));
    const manager = await jetstreamManager(connection, { checkAPI: false });
    const original = await persist(
      "read a command that is to be set aside",
      () => manager.streams.getMessage(stream, { seq: sequence }),
    );
    await record({
      subject: actorSubject("command", actor),
      stream,
      sequence,
      // Gone only if the cursor has passed it: then another owner has set it aside.
      data: original?.data ?? new TextEncoder().encode(JSON.stringify(command)),
      headers: original?.header,
      error,
    });
  }

  async function persist<T>(what: string, action: () => Promise<T>): Promise<T> {
    for (let attempt = 0;; attempt++) {
      try {
        return await action();
      } catch (failure) {
        if (isStopping()) throw failure;
        log.warning("Cannot {what}; trying again: {failure}", { what, failure });
        await pause(backoffMs(attempt));
      }
    }
  }

  return { message, command };
}
