/**
 * Answers reads of the past. Who is a member now may look at all of it, what was before the own time in the
 * group included. What cannot change any more is known by its tag, without a look into the log.
 */
import { ProblemError, REFUSALS } from "../../actors/protocol/mod.ts";
import {
  type Caller,
  conditionalJson,
  type EdgeContext,
  minVersionOf,
  notFound,
  notModified,
  type RateLimiter,
  spend,
} from "../http/mod.ts";
import type { Consistency } from "./consistency.ts";
import { finalTag, pastTag, type PastThing, type TaggedView } from "./entity_tags.ts";
import type { Moment } from "./moment.ts";
import type { Past, PastReader } from "./past.ts";
import type { Standing } from "./standings.ts";

/** What a look into the log takes out of the quota, beyond the request itself. */
const COST = 9;

export interface LookingBackDeps {
  readonly consistency: Consistency;
  readonly past: PastReader;
  readonly standingOf: (standing: Standing) => Promise<TaggedView>;
  readonly quota: RateLimiter;
  readonly onLimited: (policy: string) => void;
}

export interface LookBack {
  readonly caller: Caller;
  readonly groupId: string;
  readonly moment: Moment;
  readonly thing: PastThing;
  /** The body, and the version that its tag is to name. */
  readonly answer: (past: Past) => Promise<{ readonly version: number; readonly body: object }>;
}

/** Makes the function that answers a request about the past. */
export function lookingBack(
  deps: LookingBackDeps,
): (context: EdgeContext, look: LookBack) => Promise<Response> {
  return async (context, { caller, groupId, moment, thing, answer }) => {
    const { userId } = caller;
    const { isMember, nameChanges } = await deps.consistency.readGroup(
      () => deps.standingOf({ groupId, userId }),
      { caller, groupId, ...minVersionOf(context) },
    );
    if (!isMember) throw new ProblemError(REFUSALS.groupMissing);
    const known = finalTag(context.req.header("if-none-match"), thing, nameChanges);
    const same = known && notModified(context, known);
    if (same) return same;
    spend(deps.quota, userId, context.env, { onLimited: deps.onLimited, count: COST });
    const past = await deps.past.read(groupId, moment);
    if (past.state.deleted_at !== undefined) throw notFound("The group was deleted at that time");
    const { version, body } = await answer(past);
    const etag = pastTag(thing, { version, nameChanges, isFinal: past.isFinal });
    return conditionalJson(context, etag, body);
  };
}
