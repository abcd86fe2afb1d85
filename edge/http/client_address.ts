/**
 * Whose address a request is counted against. `X-Forwarded-For` is believed only as far as the chain of
 * proxies named in the settings reaches: the rightmost address that is no trusted proxy is the client.
 */
import { BlockList, isIP, isIPv6 } from "node:net";
import { ConfigError } from "../../actors/platform/mod.ts";

/** Which peers may speak for others. */
export class TrustedProxies {
  readonly #list = new BlockList();

  /**
   * @param entries addresses and CIDR ranges
   * @throws {ConfigError} when one is neither
   */
  constructor(entries: readonly string[]) {
    for (const entry of entries) {
      const [address = "", prefix] = entry.split("/");
      const family = isIPv6(address) ? "ipv6" : "ipv4";
      const width = family === "ipv6" ? 128 : 32;
      const bits = Number(prefix ?? width);
      if (isIP(address) === 0 || !Number.isInteger(bits) || bits < 0 || bits > width) {
        throw new ConfigError(`Cannot start: TRUSTED_PROXIES has no address in "${entry}"`);
      }
      this.#list.addSubnet(address, bits, family);
    }
  }

  /** Whether `address` is one of them. */
  has(address: string): boolean {
    const kind = isIP(address);
    return kind !== 0 && this.#list.check(address, kind === 6 ? "ipv6" : "ipv4");
  }

  /** The client's address of a request that came over a connection from `peer`. */
  clientOf(request: Request, peer: string): string {
    if (!this.has(peer)) return peer;
    const hops = (request.headers.get("x-forwarded-for") ?? "").split(",");
    let client = peer;
    for (let i = hops.length - 1; i >= 0; i--) {
      const hop = (hops[i] ?? "").trim();
      // Text that is no address was not written by a proxy: what lies before it proves nothing.
      if (isIP(hop) === 0) break;
      client = hop;
      if (!this.has(hop)) break;
    }
    return client;
  }

  /** Whether the client speaks TLS, as far as this process or a trusted proxy can tell. */
  isSecure(request: Request, peer: string): boolean {
    if (request.url.startsWith("https:")) return true;
    return this.has(peer) && request.headers.get("x-forwarded-proto") === "https";
  }
}

/** What is counted as one client: an IPv4 address, or the /64 network of an IPv6 address. */
export function limiterKey(address: string): string {
  if (!isIPv6(address)) return address;
  const [head = "", tail = ""] = address.split("::");
  const left = head.split(":").filter(Boolean);
  const right = address.includes("::") ? tail.split(":").filter(Boolean) : [];
  const zeros = Array<string>(Math.max(0, 8 - left.length - right.length)).fill("0");
  return [...left, ...zeros, ...right].slice(0, 4).join(":") + "::/64";
}
