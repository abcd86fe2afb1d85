/**
 * What is wrong with the place a request names. The runtime makes the URL of a request of its field `Host` and
 * its target; a path that differs from what was sent would pass a gateway's filter as something else.
 */

/** `uri-host [ ":" port ]` (RFC 9110, section 7.2; RFC 3986, section 3.2.2). */
const HOST = /^(?:\[[0-9a-f:.]+\]|(?:[a-z0-9\-._~!$&'()*+,;=]|%[0-9a-f]{2})+)(?::\d*)?$/i;
/** A path that no parser changes: neither dots nor anything that is written in another way. */
const PLAIN_PATH = /^[a-z0-9_~\-!$&'()*+,;=:@/]*$/i;
const PARTS = /^https?:\/\/([^/?#]*)(\/[^?#]*)(?:\?[^#]*)?$/;

/** An authority that was found to be one: most requests name the same, and to parse a URL takes its time. */
let parsedBefore: string | undefined;

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
  if (authority === parsedBefore && path !== undefined && PLAIN_PATH.test(path)) return undefined;
  const parsed = HOST.test(authority) ? URL.parse(url) : null;
  if (parsed === null || parsed.pathname !== path) return "Cannot read the request's target";
  parsedBefore = authority;
  return undefined;
}
