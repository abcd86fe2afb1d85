/**
 * Whose address a request is counted against. `X-Forwarded-For` is believed only as far as the chain of
 * proxies named in the settings reaches: the rightmost address that is no trusted proxy is the client.
 */
import { BlockList, isIP, isIPv4, isIPv6 } from "node:net";
import { addressOf, groupsOf } from "./address.ts";
import { ConfigError } from "./config.ts";

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

  /**
   * The client's address of a request that came over a connection from `peer`.
   *
   * @param forwardedFor the request's field `X-Forwarded-For`, if it has one
   */
  clientOf(peer: string, forwardedFor: string | null | undefined): string {
    let client = addressOf(peer) ?? peer;
    if (!this.has(client)) return client;
    const hops = (forwardedFor ?? "").split(",");
    for (let i = hops.length - 1; i >= 0; i--) {
      const hop = addressOf(hops[i] ?? "");
      // Text that is no address was not written by a proxy: what lies before it proves nothing.
      if (hop === undefined) break;
      client = hop;
      if (!this.has(hop)) break;
    }
    return client;
  }

  /** Whether the client speaks TLS, as far as this process or a trusted proxy can tell. */
  isSecure(request: Request, peer: string): boolean {
    if (request.url.startsWith("https:")) return true;
    return this.has(addressOf(peer) ?? peer) &&
      request.headers.get("x-forwarded-proto") === "https";
  }
}

/** What is counted as one client: an IPv4 address, or the /64 network of an IPv6 address. */
export function limiterKey(text: string): string {
  const address = addressOf(text) ?? text;
  return isIPv6(address) ? networkOf(address) : address;
}

/** The network that is taken for one place: the /24 of an IPv4 address, the /64 of an IPv6 address. */
export function networkOf(text: string): string {
  const address = addressOf(text) ?? text;
  if (isIPv4(address)) return address.split(".").slice(0, 3).join(".") + ".0/24";
  if (!isIPv6(address)) return address;
  return groupsOf(address).slice(0, 4).map((group) => group.toString(16)).join(":") + "::/64";
}
