/** A client's WebSocket with header fields, which the runtime takes and the browser's types do not know. */

type WithHeaders = new (
  url: string,
  options: { readonly headers: Readonly<Record<string, string>> },
) => WebSocket;

/** Connects to `url`; an `open` or `error` event follows. */
export function connectWebSocket(
  url: string,
  headers: Readonly<Record<string, string>>,
): WebSocket {
  return new (WebSocket as unknown as WithHeaders)(url, { headers });
}
