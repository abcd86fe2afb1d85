/**
 * What is wrong with the place a request names. The runtime makes the URL of a request of its field `Host` and
 * its target; a path that differs from what was sent would pass a gateway's filter as something else.
 */

/** `uri-host [ ":" port ]` (RFC 9110, section 7.2; RFC 3986, section 3.2.2). */
const HOST = /^(?:\[[0-9a-f:.]+\]|(?:[a-z0-9\-._~!$&'()*+,;=]|%[0-9a-f]{2})+)(?::\d*)?$/i;
const PARTS = /^https?:\/\/([^/?#]*)(\/[^?#]*)(?:\?[^#]*)?$/;

export interface RequestTarget {
  /** The field `Host`, which every request of HTTP/1.1 has (RFC 9112, section 3.2). */
  readonly host: string | null | undefined;
  /** The request's URL as the runtime put it together, not normalised. */
  readonly url: string;
}

/** Why a request for `target` is refused, as a sentence; `undefined` when it is not. */
export function targetFault({ host, url }: RequestTarget): string | undefined {
  if (host === null || host === undefined) {
    return 'Cannot read the request: the header field "host" is missing';
  }
  if (!HOST.test(host)) return 'Cannot read the request: the header field "host" names no host';
  const [, authority = "", path] = PARTS.exec(url) ?? [];
  const parsed = HOST.test(authority) ? URL.parse(url) : null;
  if (parsed === null || parsed.pathname !== path) return "Cannot read the request's target";
  return undefined;
}
