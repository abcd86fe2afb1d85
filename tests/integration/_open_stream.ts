/** A stream of one group as a browser holds it, read to its end. */
import assert from "node:assert/strict";

export interface OpenStream {
  /** What has come so far. */
  readonly text: string;
  /** Whether the streamer has ended it. */
  readonly ended: boolean;
  /** Settles at the end. */
  readonly done: Promise<void>;
}

/** Opens the stream of a group at the streamer under test; gives up after 30 seconds. */
export async function openStream(groupId: string, token: string): Promise<OpenStream> {
  const response = await fetch(`${Deno.env.get("TEST_STREAMER_URL")}/events?group_id=${groupId}`, {
    headers: { authorization: `Bearer ${token}` },
    signal: AbortSignal.timeout(30_000),
  });
  assert.equal(response.status, 200);
  const stream = { text: "", ended: false };
  const done = (async () => {
    const body = response.body?.pipeThrough(new TextDecoderStream()) ?? [];
    for await (const chunk of body) stream.text += chunk;
    stream.ended = true;
  })();
  return Object.assign(stream, { done });
}

/** Checks that the streamer has ended the stream because its session is over. */
export function assertStopped(stream: OpenStream): void {
  assert.ok(stream.ended);
  assert.match(stream.text, /event: bye\ndata: .*"retry":"stop"/);
}
