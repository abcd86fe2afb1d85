/**
 * Reads a request's JSON body within the platform's limits: at most 64 KB, or fewer where the caller says
 * so, nested at most 16 deep, valid UTF-8, and of a media type that says so. Knows no schema.
 */
import { COMMAND_MAX_BYTES, parseJson, ProblemError } from "../../actors/protocol/mod.ts";
import { checkEncoding, checkJsonType, checkType } from "./media_type.ts";
import { malformed } from "./problem.ts";
import { inTime } from "./slow_bodies.ts";

/** Who sends more than so much of what is refused, or for longer, may be hung up on. */
const DISCARDED_MAX_BYTES = 2 * 1024 * 1024;
const DISCARDING_MS = 500;

/** What a route takes that takes something else than the rest. */
export interface BodyLimits {
  readonly maxBytes?: number;
  /** Media types of its own, in place of those of JSON. */
  readonly types?: readonly string[];
}

/**
 * The JSON value in the body of `request`.
 *
 * @throws {ProblemError} `too-large` (413), `unsupported-media-type` (415) when it says that it is something
 * else, compressed or no UTF-8, `request-timeout` (408) when it does not arrive, or `malformed` (400) when it is empty, no JSON, no UTF-8 or nested too deep
 */
export async function readJson(request: Request, limits: BodyLimits = {}): Promise<unknown> {
  const bytes = await inTime(readBytes(request, limits));
  if (bytes.length === 0) throw malformed("The body is empty; JSON is expected", "");
  return parseJson(bytes);
}

/** The bytes that {@link readJson} would parse; none where there is no body. */
export function readJsonBytes(request: Request): Promise<Uint8Array> {
  return inTime(readBytes(request, {}));
}

/** As {@link readJson}, but `undefined` when there is no body. */
export async function readOptionalJson(request: Request): Promise<unknown> {
  const bytes = await readJsonBytes(request);
  return bytes.length === 0 ? undefined : parseJson(bytes);
}

function tooLarge(maxBytes: number): ProblemError {
  return new ProblemError({
    code: "too-large",
    detail: `The body is larger than ${maxBytes} bytes`,
  });
}

/**
 * Reads what is refused, within limits: a server on an older Deno hangs up on who still sends, and the answer is
 * lost.
 */
async function discard(body: ReadableStream<Uint8Array>): Promise<void> {
  const reader = body.getReader();
  // It ends a read that waits, too; what goes wrong with the body is told by the read.
  const timer = setTimeout(() => void reader.cancel().catch(() => {}), DISCARDING_MS);
  try {
    for (let size = 0; size <= DISCARDED_MAX_BYTES;) {
      const { done, value } = await reader.read();
      if (done) break;
      size += value.length;
    }
  } finally {
    clearTimeout(timer);
    await reader.cancel();
  }
}

async function readBytes(
  request: Request,
  { maxBytes = COMMAND_MAX_BYTES, types }: BodyLimits,
): Promise<Uint8Array> {
  const announced = Number(request.headers.get("content-length") ?? "NaN");
  if (request.body === null || announced === 0) return new Uint8Array(0);
  try {
    if (announced > maxBytes) throw tooLarge(maxBytes);
    checkEncoding(request);
    if (types) checkType(request, types);
    else checkJsonType(request);
  } catch (error) {
    await discard(request.body);
    throw error;
  }
  // With a length announced the runtime reads no more than that; only chunked bodies are counted here.
  if (!Number.isNaN(announced)) return new Uint8Array(await request.arrayBuffer());
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of request.body) {
    size += chunk.length;
    if (size > maxBytes) throw tooLarge(maxBytes);
    chunks.push(chunk);
  }
  const bytes = new Uint8Array(size);
  let at = 0;
  for (const chunk of chunks) {
    bytes.set(chunk, at);
    at += chunk.length;
  }
  return bytes;
}
