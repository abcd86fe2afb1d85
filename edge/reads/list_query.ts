/**
 * What a request for a list of todos asks for, read from its parameters. Pure.
 */
import { createHash } from "node:crypto";
import { isTimeZone } from "../../actors/protocol/mod.ts";
import { type Filter, parseFilter, parseSort, type SortKey } from "../../actors/query/mod.ts";
import { type EdgeContext, malformed, parameterOf } from "../http/mod.ts";
import { type Moment, momentOf } from "./moment.ts";
import { readParameter } from "./query_fault.ts";

const DEFAULT_LIMIT = 50;
const MAX_LIMIT = 200;
const WORDS_MAX_CHARS = 200;

export interface ListQuery {
  readonly limit: number;
  readonly filter?: Filter;
  readonly keys?: readonly SortKey[];
  /** What is searched for. */
  readonly words?: string;
  /** In which it is decided what day it is. */
  readonly timeZone: string;
  /** When in the past the list is looked at; without, now. */
  readonly at?: Moment;
  /** Where the page before ended. */
  readonly cursor?: string;
  /** Names what is listed, in a few characters: lists of another group, filter, order or time have others. */
  readonly fingerprint: string;
  /** Whether it is the list that there is without any of it: all todos as they are now, the newest first. */
  readonly isPlain: boolean;
}

/**
 * Reads the parameters of a list of the todos of `groupId`.
 *
 * @throws {ProblemError} `malformed`
 */
export function listQueryOf(context: EdgeContext, groupId: string): ListQuery {
  const given = (name: string) => parameterOf(context, name);
  const [filter, sort, words, tz, at] = ["filter", "sort", "q", "tz", "at"].map(given);
  const timeZone = tz ?? "UTC";
  if (tz !== undefined && !isTimeZone(tz)) {
    throw malformed(`tz must be a time zone such as Europe/Berlin, not "${tz}"`, {
      parameter: "tz",
    });
  }
  if (words !== undefined && [...words].length > WORDS_MAX_CHARS) {
    throw malformed(`q must be at most ${WORDS_MAX_CHARS} characters`, { parameter: "q" });
  }
  if (words?.includes("\0")) {
    throw malformed("q must be text without control characters", { parameter: "q" });
  }
  if (words !== undefined && at !== undefined) {
    throw malformed(
      "q searches what is there now and cannot go with at; filter=text:… looks into the past too",
      { parameter: "q" },
    );
  }
  const cursor = parameterOf(context, "cursor");
  const isPlain = [filter, sort, words, at].every((each) => each === undefined);
  return {
    limit: limitOf(context.req.query("limit")),
    timeZone,
    ...(filter === undefined ? {} : { filter: readParameter("filter", () => parseFilter(filter)) }),
    ...(sort === undefined ? {} : { keys: readParameter("sort", () => parseSort(sort)) }),
    ...(words === undefined ? {} : { words }),
    ...(at === undefined ? {} : { at: momentOf(at) }),
    ...(cursor === undefined ? {} : { cursor }),
    // Most lists are plain, and need none.
    fingerprint: isPlain ? "" : fingerprintOf([groupId, filter, sort, words, timeZone, at]),
    isPlain,
  };
}

/** Todo-1M's rule: what is no number from 1 to 200 means the default. */
function limitOf(text: string | undefined): number {
  const limit = Number(text);
  return Number.isInteger(limit) && limit >= 1 && limit <= MAX_LIMIT ? limit : DEFAULT_LIMIT;
}

/** A few characters that name `values`. */
export function fingerprintOf(values: readonly unknown[]): string {
  const text = JSON.stringify(values.map((value) => value ?? null));
  return createHash("sha256").update(text).digest("base64url").slice(0, 16);
}
