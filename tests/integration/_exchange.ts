/** Bytes as no HTTP client would send them, over a connection of their own. */
/** The edge hung up while it was still sent to, or this side did. */
const HUNG_UP = [
  Deno.errors.BadResource,
  Deno.errors.BrokenPipe,
  Deno.errors.ConnectionReset,
  Deno.errors.Interrupted,
];

/** What comes back for `bytes` until the edge, or who else is at `url`, hangs up; at most two seconds. */
export async function exchange(bytes: string, url: string): Promise<string> {
  const { hostname, port } = new URL(url);
  const connection = await Deno.connect({ hostname, port: Number(port) });
  let answer = "";
  let isOpen = true;
  const close = () => {
    if (isOpen) connection.close();
    isOpen = false;
  };
  const timer = setTimeout(close, 2_000);
  try {
    const encoded = new TextEncoder().encode(bytes);
    for (let sent = 0; sent < encoded.length;) {
      sent += await connection.write(encoded.subarray(sent));
    }
    const buffer = new Uint8Array(65_536);
    for (let n = await connection.read(buffer); n !== null; n = await connection.read(buffer)) {
      answer += new TextDecoder().decode(buffer.subarray(0, n));
    }
  } catch (error) {
    if (!HUNG_UP.some((kind) => error instanceof kind)) throw error;
  } finally {
    clearTimeout(timer);
    close();
  }
  return answer;
}
