/** Reads the parameters of paths and queries; anything that is not what it should be is refused. */
import * as v from "valibot";
import { EntityId, isUuidV7 } from "../../actors/protocol/mod.ts";
import { malformed } from "./problem.ts";
import type { EdgeContext } from "./route.ts";

/**
 * The query parameter `name`; `undefined` when it is not there. One without a value is refused: taken for
 * none it would answer another question than was meant, and most of all a cursor.
 *
 * @throws {ProblemError} `malformed`
 */
export function parameterOf(context: EdgeContext, name: string): string | undefined {
  const text = context.req.query(name);
  if (text !== "") return text;
  throw malformed(`${name} is empty: give it a value, or leave it out`, { parameter: name });
}

/**
 * An id in the path, as the parameter `name` of the route.
 *
 * @throws {ProblemError} `malformed`
 */
export function pathId(context: EdgeContext, name: string): string {
  return entityId(context.req.param(name) ?? "", name);
}

/**
 * The query parameter `group_id`.
 *
 * @throws {ProblemError} `malformed` when it is missing or no id
 */
export function groupIdOf(context: EdgeContext): string {
  const groupId = parameterOf(context, "group_id");
  if (groupId === undefined) throw malformed("group_id is required", { parameter: "group_id" });
  return entityId(groupId, "group_id");
}

/** `value` as an id of a group, todo or user. */
function entityId(value: string, name: string): string {
  if (v.is(EntityId, value)) return value;
  throw malformed(`${name} must be 1 to 64 letters, digits, _ or -`, { parameter: name });
}

/** A command's id in the path. */
export function pathCommandId(context: EdgeContext): string {
  const id = context.req.param("command_id") ?? "";
  if (isUuidV7(id)) return id;
  throw malformed("command_id must be a UUIDv7 in lower-case text form", {
    parameter: "command_id",
  });
}

/**
 * The query parameter `min_version`: the version of the group that the answer must show at least.
 *
 * @throws {ProblemError} `malformed`
 */
export function minVersionOf(context: EdgeContext): { minVersion?: number } {
  const minVersion = wholeNumber(context, "min_version");
  return minVersion === undefined ? {} : { minVersion };
}

/** Instants that the database and the calendar can tell apart, and all that the log can ever have. */
const [EARLIEST_MS, LATEST_MS] = [0, Date.parse("2999-12-31T23:59:59.999Z")] as const;

/** `ms`, or the earliest or latest instant that can matter: what happened lies between these two. */
export function withinHistory(ms: number): number {
  return Math.min(Math.max(ms, EARLIEST_MS), LATEST_MS);
}

/**
 * The query parameter `name` as a whole number of 0 or more; `undefined` when it is not there.
 *
 * @throws {ProblemError} `malformed`
 */
function wholeNumber(context: EdgeContext, name: string): number | undefined {
  const text = parameterOf(context, name);
  if (text === undefined) return undefined;
  const value = Number(text);
  if (/^\d{1,15}$/.test(text) && Number.isSafeInteger(value)) return value;
  throw malformed(`${name} must be a whole number of 0 or more`, { parameter: name });
}
