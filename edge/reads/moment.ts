/** Moments of a group's history: a version, or an instant. Pure. */
import { parseDateTime } from "../../actors/protocol/mod.ts";
import { malformed, withinHistory } from "../http/mod.ts";

/** After the event of that version, or after all events up to that instant (since the Unix epoch). */
export type Moment = { readonly version: number } | { readonly instantMs: number };

/**
 * Reads the parameter `at`.
 *
 * @throws {ProblemError} `malformed`
 */
export function momentOf(text: string): Moment {
  if (/^\d{1,15}$/.test(text)) return { version: Number(text) };
  const instantMs = parseDateTime(text);
  if (instantMs !== undefined) return { instantMs: withinHistory(instantMs) };
  throw malformed(
    "at must be a version of the group, such as 41, or an instant, such as 2026-11-30T09:00:00Z",
    { parameter: "at" },
  );
}
