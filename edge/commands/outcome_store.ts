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
import type { GroupView } from "../reads/mod.ts";

const LOG_TIMEOUT_MS = 2_000;

/** Names a command for somebody who wants its outcome. */
export interface OutcomeQuery {
  readonly commandId: string;
  readonly groupId: string;
  readonly userId: string;
}

/** Where in the log a command's commit is. */
export interface LogPlace {
  readonly shard: number;
  readonly sequence: number;
}

/** What the read model knows of a command; no place when it knows none, or not for this user. */
export interface Located extends GroupView {
  readonly place: LogPlace | undefined;
}

/** Finds outcomes of committed commands for members of the group. */
export interface OutcomeStore {
  locate(query: OutcomeQuery): Promise<Located>;
  /** JSON text of the committed outcome at `place`; `undefined` when the command is not there. */
  read(place: LogPlace, query: OutcomeQuery): Promise<string | undefined>;
}

export class LogOutcomeStore implements OutcomeStore {
  readonly #sql: Sql;
  readonly #connection: NatsConnection;

  constructor(options: { readonly sql: Sql; readonly connection: NatsConnection }) {
    this.#sql = options.sql;
    this.#connection = options.connection;
  }

  async locate({ commandId, groupId, userId }: OutcomeQuery): Promise<Located> {
    interface Row {
      readonly version: string;
      readonly role: string | null;
      readonly shard_id: number | null;
      readonly stream_sequence: string | null;
    }
    const [row] = await this.#sql<Row[]>`
      select coalesce(offsets.version, 0) as version, member.role,
             event.shard_id, event.stream_sequence
      from (values (1)) one
      left join group_projection_offsets offsets on offsets.group_id = ${groupId}
      left join (group_members member
                 join groups on groups.id = member.group_id and groups.deleted_at is null)
        on member.group_id = ${groupId} and member.user_id = ${userId}
      left join todo_events event
        on member.role is not null and event.command_id = ${commandId}
           and event.group_id = ${groupId}
      limit 1`;
    const { shard_id: shard = null, stream_sequence: sequence = null } = row ?? {};
    return {
      version: Number(row?.version ?? 0),
      isMember: (row?.role ?? null) !== null,
      place: shard === null || sequence === null
        ? undefined
        : { shard, sequence: Number(sequence) },
    };
  }

  async read(
    { shard, sequence }: LogPlace,
    { commandId, groupId }: OutcomeQuery,
  ): Promise<string | undefined> {
    const bytes = await this.#message(streamName("EV", shard), sequence);
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

  async #message(stream: string, sequence: number): Promise<Uint8Array> {
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
