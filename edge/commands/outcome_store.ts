/**
 * Outcomes of earlier commands. The read model says where in the log the command's commit is, the log
 * holds the events exactly as every reader got them.
 */
import type { NatsConnection } from "@nats-io/nats-core";
import { type Sql, streamName } from "../../actors/platform/mod.ts";
import {
  decodeCommit,
  encodeCommitted,
  encodeEvent,
  ProblemError,
  versionOf,
} from "../../actors/protocol/mod.ts";
import { partitionOf } from "../../actors/protocol/routing/mod.ts";

const LOG_TIMEOUT_MS = 2_000;

/** Finds outcomes for members of the group. */
export interface OutcomeStore {
  /** JSON text of the committed outcome; `undefined` when none is known to this user. */
  find(
    query: { readonly commandId: string; readonly groupId: string; readonly userId: string },
  ): Promise<string | undefined>;
}

export class LogOutcomeStore implements OutcomeStore {
  readonly #sql: Sql;
  readonly #connection: NatsConnection;

  constructor(options: { readonly sql: Sql; readonly connection: NatsConnection }) {
    this.#sql = options.sql;
    this.#connection = options.connection;
  }

  async find(
    { commandId, groupId, userId }: { commandId: string; groupId: string; userId: string },
  ): Promise<string | undefined> {
    const [place] = await this.#sql<{ shard_id: number; stream_sequence: string }[]>`
      select event.shard_id, event.stream_sequence
      from todo_events event
      join group_members member
        on member.group_id = event.group_id and member.user_id = ${userId}
      join groups on groups.id = event.group_id and groups.deleted_at is null
      where event.command_id = ${commandId} and event.group_id = ${groupId}
      limit 1`;
    if (!place) return undefined;
    const bytes = await this.#read(streamName("EV", place.shard_id), Number(place.stream_sequence));
    const events = decodeCommit(bytes).filter((event) => event.causationid === commandId);
    const last = events.at(-1);
    if (!last) return undefined;
    return encodeCommitted(
      {
        command_id: commandId,
        group_id: groupId,
        partition: partitionOf(groupId),
        version: versionOf(last),
      },
      events.map(encodeEvent),
    );
  }

  async #read(stream: string, sequence: number): Promise<Uint8Array> {
    const answer = await this.#connection.request(
      `$JS.API.DIRECT.GET.${stream}`,
      JSON.stringify({ seq: sequence }),
      { timeout: LOG_TIMEOUT_MS },
    );
    // A status code stands for a refusal; stored messages have none.
    if (!answer.headers?.code) return answer.data;
    throw new ProblemError({
      code: "unavailable",
      detail: "The log cannot be read at this moment",
    });
  }
}
