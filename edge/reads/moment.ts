/** Moments of a group's history: a version, or an instant. Pure. */
import { malformed } from "../http/mod.ts";

/** After the event of that version, or after all events up to that instant (since the Unix epoch). */
export type Moment = { readonly version: number } | { readonly instantMs: number };

const INSTANT = /^(?:19|2\d)\d\d-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,3})?(?:Z|[+-]\d\d:\d\d)$/;

/**
 * Reads the parameter `at`.
 *
 * @throws {ProblemError} `malformed`
 */
export function momentOf(text: string): Moment {
  if (/^\d{1,15}$/.test(text)) return { version: Number(text) };
  const instantMs = INSTANT.test(text) ? Date.parse(text) : NaN;
  if (!Number.isNaN(instantMs)) return { instantMs };
  throw malformed(
    "at must be a version of the group, such as 41, or an instant, such as 2026-11-30T09:00:00Z",
    { parameter: "at" },
  );
}
