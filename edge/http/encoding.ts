/**
 * Content encodings (RFC 9110, section 8.4): which one a client takes, and how content gets into it. Knows
 * nothing of what is encoded. There is middleware for this in Hono, which encodes anew for every request
 * and leaves answers to HEAD out.
 */
import { accepts } from "hono/accepts";
import type { EdgeContext } from "./route.ts";

/** Value of `Content-Encoding`; `identity` is never sent. */
export type Encoding = "br" | "gzip" | "identity";

/** Content of fewer bytes gains nothing. */
export const ENCODED_MIN_BYTES = 1_000;

const FORMATS = { "br": "brotli", "gzip": "gzip" } as const;

/** What this runtime encodes, the smaller result first: Deno 2.5 has no Brotli here. */
const ENCODINGS = (["br", "gzip"] as const).filter(isKnown);

function isKnown(encoding: keyof typeof FORMATS): boolean {
  try {
    new CompressionStream(FORMATS[encoding]);
    return true;
  } catch (error) {
    if (error instanceof TypeError) return false;
    throw error;
  }
}

/** The encoding that the client of `context` likes best, of those of `encodings` that it takes. */
export function encodingFor(
  context: EdgeContext,
  encodings: readonly Encoding[] = ENCODINGS,
): Encoding {
  const chosen = accepts(context, {
    header: "Accept-Encoding",
    supports: [...encodings],
    default: "identity",
    match: (accepted) => preferred(accepted, encodings),
  });
  return encodings.find((each) => each === chosen) ?? "identity";
}

interface Accepted {
  readonly type: string;
  /** 0 to 1; 0 is no. */
  readonly q: number;
}

/**
 * The first of `encodings` with the highest weight; `identity` where that weighs more or all weigh nothing
 * (RFC 9110, section 12.5.3).
 */
export function preferred(accepted: readonly Accepted[], encodings: readonly Encoding[]): Encoding {
  const weightOf = (name: string) => accepted.find(({ type }) => type.toLowerCase() === name)?.q;
  const any = weightOf("*") ?? 0;
  let best: Encoding = "identity";
  let weight = weightOf("identity") ?? 0;
  for (const encoding of encodings) {
    const own = weightOf(encoding) ?? any;
    // What is asked for by name or by "*" counts before what is merely not refused.
    if (own > 0 && (best === "identity" ? own >= weight : own > weight)) {
      [best, weight] = [encoding, own];
    }
  }
  return best;
}

/** `bytes` in `encoding`. */
export async function encoded(
  bytes: Uint8Array<ArrayBuffer>,
  encoding: Encoding,
): Promise<Uint8Array<ArrayBuffer>> {
  if (encoding === "identity") return bytes;
  const stream = new Blob([bytes]).stream()
    .pipeThrough(new CompressionStream(FORMATS[encoding]));
  return await new Response(stream).bytes();
}
