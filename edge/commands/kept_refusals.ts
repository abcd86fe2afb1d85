/**
 * Why commands were rejected whose senders had been answered before that was known: kept in NATS for a day,
 * so that every edge can tell, also after a restart. What was answered at once is not kept here, and what
 * was committed is in the log.
 */
import type { JetStreamClient, JetStreamManager, StoredMsg } from "@nats-io/jetstream";
import * as v from "valibot";
import {
  type BoundedJetStream,
  boundedJetStream,
  isMissingStream,
  type NatsConnection,
  REFUSAL_PREFIX,
  REFUSAL_STREAM,
} from "../../actors/platform/mod.ts";
import { type Command, type Problem, PROBLEMS } from "../../actors/protocol/mod.ts";
import { hashOf } from "../../actors/protocol/routing/mod.ts";
import type { OutcomeQuery } from "./outcome_store.ts";

const TIMEOUT_MS = 1_500;

const Place = v.union([
  v.object({ pointer: v.string(), code: v.string(), message: v.string() }),
  v.object({ parameter: v.string(), code: v.string(), message: v.string() }),
  v.object({ header: v.string(), code: v.string(), message: v.string() }),
]);
/** A problem as it is kept. */
const Kept = v.object({
  code: v.picklist(Object.keys(PROBLEMS) as (keyof typeof PROBLEMS)[]),
  detail: v.string(),
  errors: v.exactOptional(v.array(Place)),
  version: v.exactOptional(v.number()),
});

/** Why a command was rejected. */
export interface Refusal {
  readonly problem: Problem;
  /** When that was kept, by the server's clock; milliseconds since the Unix epoch. */
  readonly keptAtMs: number;
}

/** Remembers for all edges why commands were rejected. */
export interface KeptRefusals {
  /** Keeps that `command` was rejected for `problem`; the last one of a command counts. */
  keep(command: Command, problem: Problem): Promise<void>;
  /** Why the command was rejected that this user sent to this group, if that was kept. */
  find(query: OutcomeQuery): Promise<Refusal | undefined>;
}

export class NatsRefusals implements KeptRefusals {
  readonly #client: JetStreamClient;
  readonly #manager: JetStreamManager;

  private constructor({ client, manager }: BoundedJetStream) {
    this.#client = client;
    this.#manager = manager;
  }

  /** Refusals in the stream that the group host makes. */
  static async open(connection: NatsConnection): Promise<NatsRefusals> {
    return new NatsRefusals(await boundedJetStream(connection, TIMEOUT_MS));
  }

  async keep(command: Command, problem: Problem): Promise<void> {
    const { command_id: commandId, group_id: groupId, actor: userId } = command;
    const subject = subjectOf({ commandId, groupId, userId });
    await this.#client.publish(subject, JSON.stringify(problem));
  }

  async find(query: OutcomeQuery): Promise<Refusal | undefined> {
    const message = await this.#last(subjectOf(query));
    if (!message) return undefined;
    return { problem: v.parse(Kept, message.json()), keptAtMs: message.time.getTime() };
  }

  async #last(subject: string): Promise<StoredMsg | null> {
    try {
      return await this.#manager.streams.getMessage(REFUSAL_STREAM, { last_by_subj: subject });
    } catch (error) {
      // A group host that knows the stream has not started yet, so nothing is kept.
      if (isMissingStream(error)) return null;
      throw error;
    }
  }
}

/** Where the refusal of a command is kept; it tells none of the names, and the sender is part of it. */
function subjectOf({ commandId, groupId, userId }: OutcomeQuery): string {
  return REFUSAL_PREFIX + hashOf(JSON.stringify([userId, groupId, commandId]));
}
