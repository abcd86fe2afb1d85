/**
 * HTTP of the outcome of an earlier command. What is committed the log tells, what waits its group's mailbox,
 * so that every edge answers the same; only why a command was rejected is kept by the edge that was told.
 */
import { type Problem, ProblemError } from "../../actors/protocol/mod.ts";
import {
  type Caller,
  type EdgeContext,
  groupIdOf,
  minVersionOf,
  notFound,
  pathCommandId,
  problemAnswer,
} from "../http/mod.ts";
import type { Consistency, LogVersion } from "../reads/mod.ts";
import { pendingAnswer } from "./answer.ts";
import type { KeptRefusals } from "./kept_refusals.ts";
import type { Located, OutcomeQuery, OutcomeStore } from "./outcome_store.ts";
import type { RecentRefusals } from "./recent_refusals.ts";
import type { Waiting, WaitingCommands } from "./waiting.ts";

export interface OutcomeRouteDeps {
  readonly outcomes: OutcomeStore;
  readonly waiting: WaitingCommands;
  readonly kept: Pick<KeptRefusals, "find">;
  readonly recent: Pick<RecentRefusals, "find">;
  readonly logVersion: LogVersion;
  readonly consistency: Pick<Consistency, "readGroup">;
}

/** Handles `GET /api/v1/commands/:command_id`. */
export async function readOutcome(
  deps: OutcomeRouteDeps,
  context: EdgeContext,
  caller: Caller,
): Promise<Response> {
  const commandId = pathCommandId(context);
  const groupId = groupIdOf(context);
  const query = { commandId, groupId, userId: caller.userId };
  const least = minVersionOf(context);
  const locate = (minVersion: { readonly minVersion?: number }) =>
    deps.consistency.readGroup(() => deps.outcomes.locate(query), {
      caller,
      groupId,
      ...minVersion,
    });
  const found = await committed(deps, await locate(least), query);
  if (found) return found;

  const told = deps.recent.find(query);
  if (told) return problemAnswer(told, context.env);
  const waiting = await deps.waiting.find(query);
  const problem = await refusal(deps, query, waiting);
  if (problem) return problemAnswer(problem, context.env);
  if (waiting) return pendingAnswer(commandId, groupId);

  // It does not wait, so what it has done is in the log, though perhaps not in the read model yet.
  const { minVersion = 0 } = least;
  const version = Math.max(minVersion, await deps.logVersion(groupId));
  const located = await locate({ minVersion: version });
  const after = await committed(deps, located, query);
  if (after) return after;
  throw located.isMember ? withoutEffect(commandId) : untold(commandId);
}

/** The answer with the outcome of a command that is located. */
async function committed(
  { outcomes }: OutcomeRouteDeps,
  { place }: Located,
  query: OutcomeQuery,
): Promise<Response | undefined> {
  const text = place && await outcomes.read(place, query);
  return text === undefined
    ? undefined
    : new Response(text, { headers: { "content-type": "application/json" } });
}

/** Why the command was rejected; not when it waits again since. */
async function refusal(
  { kept }: OutcomeRouteDeps,
  query: OutcomeQuery,
  waiting: Waiting | undefined,
): Promise<Problem | undefined> {
  const found = await kept.find(query);
  const isSentAgain = found && waiting && waiting.storedAtMs > found.keptAtMs;
  return isSentAgain ? undefined : found?.problem;
}

function withoutEffect(commandId: string): ProblemError {
  return notFound(
    `Command "${commandId}" has had no effect in this group, and none of that id by you waits there: it ` +
      "was rejected, for a reason that is not kept, or has not arrived; sent again with the same id it " +
      "is decided anew, and takes effect once at most",
  );
}

function untold(commandId: string): ProblemError {
  return notFound(
    `No outcome of command "${commandId}" can be told to you: none of that id by you waits in this group, ` +
      "and what its commands have done is told to its members only",
  );
}
