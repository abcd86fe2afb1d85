/**
 * Text to gzip and back. Compressing takes a turn of the event loop per 64 Ki characters, never more: each such
 * part is a member of its own, and members that follow one another are gzip too (RFC 1952, 2.2).
 */
import { gunzipSync, gzipSync } from "node:zlib";

const CHUNK_CHARS = 64 * 1024;
/** Hardly larger than at the usual level 6, in two thirds of the time. */
const LEVEL = 3;

/** Compresses `pieces` of text as UTF-8; `giveWay` is awaited between one chunk and the next. */
export async function gzip(
  pieces: Iterable<string>,
  giveWay: () => Promise<void>,
): Promise<Uint8Array> {
  const members: Uint8Array<ArrayBuffer>[] = [];
  let chunk = "";
  const pack = () => {
    members.push(Uint8Array.from(gzipSync(chunk, { level: LEVEL })));
    chunk = "";
  };
  for (const piece of pieces) {
    chunk += piece;
    if (chunk.length < CHUNK_CHARS) continue;
    pack();
    await giveWay();
  }
  if (chunk !== "" || members.length === 0) pack();
  return await new Blob(members).bytes();
}

/**
 * The text that {@link gzip} packed.
 *
 * @throws {Error} when the bytes are not whole
 */
export function gunzip(data: Uint8Array): string {
  return new TextDecoder().decode(gunzipSync(data));
}
