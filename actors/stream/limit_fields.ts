/**
 * The header fields that tell how many streams may be open at once, and how many more: quotas of the unit
 * "concurrent-requests" (draft-ietf-httpapi-ratelimit-headers), which have no window. Pure.
 */

/** How many streams there may be of somebody, and how many more there is room for. */
export interface StreamLimit {
  readonly name: "streams" | "address-streams";
  readonly limit: number;
  readonly left: number;
}

/** `RateLimit-Policy` and `RateLimit` of `limits`. */
export function limitFields(limits: readonly StreamLimit[]): Record<string, string> {
  return {
    "ratelimit-policy": limits
      .map(({ name, limit }) => `"${name}";q=${limit};qu="concurrent-requests"`).join(", "),
    "ratelimit": limits.map(({ name, left }) => `"${name}";r=${Math.max(0, left)}`).join(", "),
  };
}
