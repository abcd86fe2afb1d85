/** Text to gzip and back. Compressing takes a turn of the event loop per 64 Ki characters, never more. */

const CHUNK_CHARS = 64 * 1024;

/** Compresses `pieces` of text as UTF-8; `giveWay` is awaited between one chunk and the next. */
export async function gzip(
  pieces: Iterable<string>,
  giveWay: () => Promise<void>,
): Promise<Uint8Array> {
  const packing = ReadableStream.from(chunks(pieces, giveWay))
    .pipeThrough(new CompressionStream("gzip"));
  return await new Response(packing).bytes();
}

async function* chunks(
  pieces: Iterable<string>,
  giveWay: () => Promise<void>,
): AsyncGenerator<Uint8Array<ArrayBuffer>> {
  const encoder = new TextEncoder();
  let chunk = "";
  for (const piece of pieces) {
    chunk += piece;
    if (chunk.length < CHUNK_CHARS) continue;
    yield encoder.encode(chunk);
    chunk = "";
    await giveWay();
  }
  if (chunk !== "") yield encoder.encode(chunk);
}

/**
 * The text that {@link gzip} packed.
 *
 * @throws {TypeError} when the bytes are not whole
 */
export async function gunzip(data: Uint8Array): Promise<string> {
  const packed = new Blob([Uint8Array.from(data)]).stream();
  return await new Response(packed.pipeThrough(new DecompressionStream("gzip"))).text();
}
