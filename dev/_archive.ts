/**
 * Takes one file out of a `.zip` (a Python wheel is one) or a `.tar.gz`, in memory.
 * Enough for release archives: no encryption, no zip64. APPNOTE.TXT 4.3, POSIX ustar.
 */

async function pipe(bytes: Uint8Array, transform: DecompressionStream): Promise<Uint8Array> {
  const blob = new Blob([bytes as Uint8Array<ArrayBuffer>]);
  return new Uint8Array(await new Response(blob.stream().pipeThrough(transform)).arrayBuffer());
}

/** The content of the first entry whose name satisfies `wanted`, or undefined. */
export async function fileFromZip(
  zip: Uint8Array,
  wanted: (name: string) => boolean,
): Promise<Uint8Array | undefined> {
  const view = new DataView(zip.buffer, zip.byteOffset, zip.byteLength);
  let end = zip.length - 22;
  while (end >= 0 && view.getUint32(end, true) !== 0x06054b50) end--;
  if (end < 0) return undefined;
  let at = view.getUint32(end + 16, true);
  for (let left = view.getUint16(end + 10, true); left > 0; left--) {
    const nameLength = view.getUint16(at + 28, true);
    const name = new TextDecoder().decode(zip.subarray(at + 46, at + 46 + nameLength));
    if (wanted(name)) {
      const local = view.getUint32(at + 42, true);
      const start = local + 30 + view.getUint16(local + 26, true) +
        view.getUint16(local + 28, true);
      const packed = zip.subarray(start, start + view.getUint32(at + 20, true));
      const stored = view.getUint16(at + 10, true) === 0;
      return stored ? packed : await pipe(packed, new DecompressionStream("deflate-raw"));
    }
    at += 46 + nameLength + view.getUint16(at + 30, true) + view.getUint16(at + 32, true);
  }
  return undefined;
}

/** The content of the first entry whose name satisfies `wanted`, or undefined. */
export async function fileFromTarGz(
  archive: Uint8Array,
  wanted: (name: string) => boolean,
): Promise<Uint8Array | undefined> {
  const tar = await pipe(archive, new DecompressionStream("gzip"));
  const text = (from: number, length: number) =>
    (new TextDecoder().decode(tar.subarray(from, from + length)).split("\0")[0] ?? "").trim();
  for (let at = 0; at + 512 <= tar.length;) {
    const name = text(at, 100);
    const size = parseInt(text(at + 124, 12) || "0", 8);
    if (name !== "" && wanted(name)) return tar.subarray(at + 512, at + 512 + size);
    at += 512 + Math.ceil(size / 512) * 512;
  }
  return undefined;
}
