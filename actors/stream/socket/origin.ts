/**
 * Which pages may open WebSockets: a browser lets any page try and says which one it is (RFC 6455, section
 * 10.2). Pure.
 */

/** A request to open a WebSocket, as far as it matters here. */
export interface OriginRequest {
  /** The `Origin` field; programs that are no browsers send none. */
  readonly origin: string | undefined;
  /** The host that the client asked for. */
  readonly host: string | undefined;
}

/**
 * Whether the page may: one of the host it asks, or one of the `allowed` origins (scheme, host and port,
 * compared exactly). Who sends no origin is no page.
 */
export function isOriginAllowed(
  { origin, host }: OriginRequest,
  allowed: ReadonlySet<string>,
): boolean {
  if (origin === undefined || allowed.has(origin)) return true;
  const url = URL.parse(origin);
  const isWeb = url?.protocol === "https:" || url?.protocol === "http:";
  return isWeb && url.origin === origin && host !== undefined && url.host === hostOf(url, host);
}

/** `host` as a URL of the same scheme has it: in lower case, without the port that goes without saying. */
function hostOf({ protocol }: URL, host: string): string | undefined {
  return URL.parse(`${protocol}//${host}`)?.host;
}
