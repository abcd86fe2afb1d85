/**
 * Builds the rows of one group anew from its log, in one transaction, so that a message that could not be
 * projected before takes effect. Projecting that message alone would not do: what came after it has been
 * projected without it, and rows that have a later version do not take an earlier change.
 */
import { readFrom, type Sql } from "../platform/mod.ts";
import type { NatsConnection } from "@nats-io/nats-core";
import {
  groupSubject,
  headers,
  type RebuildReply,
  type RebuildRequest,
} from "../protocol/routing/mod.ts";
import { type Commit, decodeMessage } from "./_decode.ts";
import * as statements from "./_statements.ts";
import { runnerOf, writesOf } from "./_writes.ts";
import { isDataError } from "./errors.ts";
import { planBatch } from "./plan.ts";
import type { StreamIdentity } from "./store.ts";

export interface RebuildDeps {
  readonly connection: NatsConnection;
  readonly sql: Sql;
  readonly identity: StreamIdentity;
}

/** The rows stay as they were, for a reason that trying again may or may not change. */
class Refusal extends Error {
  override readonly name = "Refusal";
  readonly retryable: boolean;

  constructor(message: string, options: { readonly retryable: boolean }) {
    super(message);
    this.retryable = options.retryable;
  }
}

/**
 * Rebuilds the group of `request` up to where its stream is projected. Messages that cannot be decoded are
 * left out, as ever, unless it is the one asked for.
 *
 * @throws {Error} when the log or Postgres fails; then nothing has changed
 */
export async function rebuildGroup(
  deps: RebuildDeps,
  request: RebuildRequest,
): Promise<RebuildReply> {
  try {
    return { version: await rebuild(deps, request) };
  } catch (error) {
    if (error instanceof Refusal) return { refused: error.message, retryable: error.retryable };
    if (isDataError(error)) {
      const reason = error instanceof Error ? error.message : String(error);
      return { refused: `The database still refuses the group's log: ${reason}`, retryable: false };
    }
    throw error;
  }
}

function rebuild(
  { connection, sql, identity }: RebuildDeps,
  { group_id, sequence }: RebuildRequest,
): Promise<number> {
  const { stream, epoch, shard } = identity;
  return sql.begin(async (transaction) => {
    const run = runnerOf(transaction);
    const [held] = await run([statements.HOLD_OFFSET, stream, epoch]);
    const upTo = Number(held?.["last_sequence"] ?? 0);
    if (upTo < sequence) throw new Refusal("It is not projected so far yet", { retryable: true });
    const [offset] = await run([statements.GROUP_OFFSET, group_id]);
    const commits = await readCommits(connection, { stream, group_id, sequence, upTo });
    const last = commits.at(-1);
    // A replica may lag behind what is projected.
    if (!last || last.sequence < Number(offset?.["stream_sequence"] ?? 0)) {
      throw new Refusal("The log could not be read to its end", { retryable: true });
    }
    const plan = planBatch(commits);
    const removals = statements.REMOVE_GROUP.map((text) => run([text, group_id]));
    await Promise.all([...removals, ...writesOf(plan, shard).map(run)]);
    return last.version;
  });
}

interface Extent extends RebuildRequest {
  readonly stream: string;
  readonly upTo: number;
}

/** The group's log up to `upTo`, as far as it can be decoded; the message `sequence` must be. */
async function readCommits(
  connection: NatsConnection,
  { stream, group_id, sequence, upTo }: Extent,
): Promise<Commit[]> {
  const subject = groupSubject("event", group_id);
  const commits: Commit[] = [];
  let found = false;
  for await (const message of readFrom(connection, stream, subject, 1)) {
    if (message.sequence > upTo) break;
    found ||= message.sequence === sequence;
    try {
      const previousHash = message.headers?.get(headers.PREVIOUS_HASH) ?? "";
      commits.push(decodeMessage({ ...message, subject, storedAtMs: 0, previousHash }));
    } catch (error) {
      if (message.sequence !== sequence) continue;
      const reason = error instanceof Error ? error.message : String(error);
      throw new Refusal(`It still cannot be projected: ${reason}`, { retryable: false });
    }
  }
  if (found) return commits;
  throw new Refusal(`The group's log has no message ${sequence}`, { retryable: false });
}
