/** How many streams each client address has, of whatever kind, and how many it may have. */
import type { IncomingMessage } from "node:http";
import { limiterKey, type TrustedProxies } from "../platform/mod.ts";
import { ProblemError } from "../protocol/mod.ts";
import type { StreamLimit } from "./limit_fields.ts";

export interface AddressesOptions {
  /** Most streams of one address. */
  readonly limit: number;
  /** Whose `X-Forwarded-For` is believed. */
  readonly proxies: TrustedProxies;
  /** Told of every refusal. */
  readonly onLimited: () => void;
}

export class Addresses {
  readonly #options: AddressesOptions;
  readonly #streams = new Map<string, number>();

  constructor(options: AddressesOptions) {
    this.#options = options;
  }

  /** How many addresses have streams. */
  get size(): number {
    return this.#streams.size;
  }

  /** What the client's address is counted under. */
  of({ socket, headers }: Pick<IncomingMessage, "socket" | "headers">): string {
    // The parser joins several fields of this name with commas.
    const forwardedFor = headers["x-forwarded-for"]?.toString();
    return limiterKey(this.#options.proxies.clientOf(socket.remoteAddress ?? "", forwardedFor));
  }

  /** The host that the client asked for: what a trusted proxy says it was, or the request itself. */
  hostOf({ socket, headers }: Pick<IncomingMessage, "socket" | "headers">): string | undefined {
    const forwarded = headers["x-forwarded-host"]?.toString();
    const isProxy = this.#options.proxies.has(socket.remoteAddress ?? "");
    return isProxy && forwarded !== undefined ? forwarded : headers.host;
  }

  /** @throws {ProblemError} `rate-limited` when `address` has as many streams as it may */
  checkRoom(address: string): void {
    const { limit, onLimited } = this.#options;
    if ((this.#streams.get(address) ?? 0) < limit) return;
    onLimited();
    throw new ProblemError({
      code: "rate-limited",
      detail: `Cannot open another stream: an address may have ${limit}`,
    });
  }

  /** How many streams `address` may have, and how many more there is room for. */
  limitOf(address: string): StreamLimit {
    const { limit } = this.#options;
    return { name: "address-streams", limit, left: limit - (this.#streams.get(address) ?? 0) };
  }

  add(address: string): void {
    this.#streams.set(address, (this.#streams.get(address) ?? 0) + 1);
  }

  remove(address: string): void {
    const left = (this.#streams.get(address) ?? 0) - 1;
    if (left > 0) this.#streams.set(address, left);
    else this.#streams.delete(address);
  }
}
