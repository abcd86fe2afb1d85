/** What edges tell each other of quotas, as bytes. */
import * as v from "valibot";
import type { QuotaNotice } from "../../actors/protocol/routing/mod.ts";

const Counts = v.array(
  v.strictTuple([v.string(), v.string(), v.pipe(v.number(), v.minValue(0))]),
);

const Notice = v.object({
  from: v.string(),
  taken: Counts,
  // Edges of an earlier version tell none.
  pending: v.optional(Counts, []),
});

/**
 * Reads a notice.
 *
 * @throws {Error} when it is none
 */
export function readNotice(data: Uint8Array): Required<QuotaNotice> {
  return v.parse(Notice, JSON.parse(new TextDecoder().decode(data)));
}
