/** Texts of IP addresses as proxies and sockets write them, in one form for each address. Pure. */
import { isIPv4, isIPv6 } from "node:net";

const WITH_BRACKETS = /^\[([^\]]*)\](?::\d{1,5})?$/;
const WITH_PORT = /^([\d.]+):\d{1,5}$/;

/**
 * The address in `text`, without brackets, port and zone; IPv6 as in RFC 5952, and IPv4 that is written as IPv6
 * (RFC 4291, section 2.5.5.2) as IPv4; `undefined` when there is none.
 */
export function addressOf(text: string): string | undefined {
  const trimmed = text.trim();
  const [, inBrackets] = WITH_BRACKETS.exec(trimmed) ?? [];
  const [bare = ""] = (inBrackets ?? WITH_PORT.exec(trimmed)?.[1] ?? trimmed).split("%");
  // Put together anew: a part of a header field would keep the whole field in memory.
  if (inBrackets === undefined && isIPv4(bare)) return bare.split(".").join(".");
  if (!isIPv6(bare)) return undefined;
  const groups = groupsOf(bare);
  const [high = 0, low = 0] = groups.slice(6);
  const isMapped = groups[5] === 0xffff && groups.slice(0, 5).every((group) => group === 0);
  if (isMapped) return [high >> 8, high & 255, low >> 8, low & 255].join(".");
  return new URL(`http://[${bare}]`).hostname.slice(1, -1);
}

/** The eight groups of the IPv6 address `text`. */
export function groupsOf(text: string): number[] {
  const hex = text.replace(/(\d+)\.(\d+)\.(\d+)\.(\d+)$/, (_, ...bytes: string[]) => {
    const [a = 0, b = 0, c = 0, d = 0] = bytes.slice(0, 4).map(Number);
    return `${(a << 8 | b).toString(16)}:${(c << 8 | d).toString(16)}`;
  });
  const [left = [], right = []] = hex.split("::").map((half) => half.split(":").filter(Boolean));
  const zeros = Array<string>(Math.max(0, 8 - left.length - right.length)).fill("0");
  return [...left, ...zeros, ...right].map((group) => parseInt(group, 16));
}
