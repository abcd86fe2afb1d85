/** Reads what is asked of an audit: whose events, of which types, of what time, how many. */
import * as v from "valibot";
import { EntityId, EVENT_TYPES, parseDateTime } from "../../actors/protocol/mod.ts";
import { type EdgeContext, groupIdOf, malformed, withinHistory } from "../http/mod.ts";

const DEFAULT_LIMIT = 50;
const MAX_LIMIT = 200;
const INSTANT = "must be an instant in RFC 3339, such as 2027-02-01T09:30:00Z";

/** Which events of a group; a filter that is absent lets every event pass. */
export interface AuditFilter {
  /** Id of the user who caused them. */
  readonly actor?: string;
  /** A type, or with a dot at its end the beginning of some. */
  readonly type?: string;
  /** Milliseconds since the Unix epoch, the first one that counts. */
  readonly fromMs?: number;
  /** The first one that does not count any more. */
  readonly toMs?: number;
}

/** What every list of events is asked. */
export interface PageQuery {
  readonly groupId: string;
  readonly limit: number;
  readonly cursor?: string;
}

/**
 * The page of events that is asked for.
 *
 * @throws {ProblemError} `malformed`, naming the parameter
 */
export function pageQueryOf(context: EdgeContext): PageQuery {
  const groupId = groupIdOf(context);
  const { limit = `${DEFAULT_LIMIT}`, cursor } = context.req.query();
  if (!/^\d{1,3}$/.test(limit) || Number(limit) < 1 || Number(limit) > MAX_LIMIT) {
    throw malformed(`limit must be a whole number from 1 to ${MAX_LIMIT}`, { parameter: "limit" });
  }
  return { groupId, limit: Number(limit), ...(cursor === undefined ? {} : { cursor }) };
}

/**
 * A page of the events of a group that pass a filter.
 *
 * @throws {ProblemError} `malformed`, naming the parameter
 */
export function auditQueryOf(context: EdgeContext): PageQuery & { readonly filter: AuditFilter } {
  const page = pageQueryOf(context);
  const { actor, type, from, to } = context.req.query();
  if (actor !== undefined && !v.is(EntityId, actor)) {
    throw malformed("actor must be the id of a user: 1 to 64 letters, digits, _ or -", {
      parameter: "actor",
    });
  }
  if (type !== undefined) requireType(type);
  const fromMs = instantOf("from", from);
  const toMs = instantOf("to", to);
  if (fromMs !== undefined && toMs !== undefined && fromMs >= toMs) {
    throw malformed("from must be before to", { parameter: "from" });
  }
  return {
    ...page,
    filter: {
      ...(actor === undefined ? {} : { actor }),
      ...(type === undefined ? {} : { type }),
      ...(fromMs === undefined ? {} : { fromMs: withinHistory(fromMs) }),
      ...(toMs === undefined ? {} : { toMs: withinHistory(toMs) }),
    },
  };
}

function requireType(type: string): void {
  const known = type.endsWith(".")
    ? EVENT_TYPES.some((each) => each.startsWith(type))
    : EVENT_TYPES.some((each) => each === type);
  if (known) return;
  const examples = "a type of event such as todo.created, or the beginning of some with its dot";
  throw malformed(`type must be ${examples}, such as todo.`, { parameter: "type" });
}

function instantOf(name: "from" | "to", text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const instantMs = parseDateTime(text);
  if (instantMs !== undefined) return instantMs;
  throw malformed(`${name} ${INSTANT}`, { parameter: name });
}
