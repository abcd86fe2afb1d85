/**
 * Slows down who guesses passwords: failures are counted per client address and account name. An attempt that
 * is being checked counts as a failure until it is known to be none, so that guesses at once are no way around.
 */
import { limiterKey, type TrustedProxies } from "../../actors/platform/mod.ts";
import { clientAddress, type EdgeContext, rateLimited, type RateLimiter } from "../http/mod.ts";
import { WrongPassword } from "./passwords.ts";

export interface GuessesDeps {
  readonly proxies: TrustedProxies;
  /** Failures per client address and account name. */
  readonly failures: RateLimiter;
  readonly onFailure: () => void;
  readonly onLimited: (policy: string) => void;
}

export class Guesses {
  readonly #deps: GuessesDeps;
  /** Attempts that are being checked, by what they are counted under. */
  readonly #pending = new Map<string, number>();

  constructor(deps: GuessesDeps) {
    this.#deps = deps;
  }

  /**
   * Runs `attempt`, which checks a password of the account `username`, and counts its failure.
   *
   * @throws {RetryLater} `rate-limited` after too many failures, without an attempt
   */
  async count<T>(context: EdgeContext, username: string, attempt: () => Promise<T>): Promise<T> {
    const { proxies, failures, onFailure, onLimited } = this.#deps;
    const key = `${limiterKey(clientAddress(context, proxies))} ${username}`;
    const pending = this.#pending.get(key) ?? 0;
    const { allowed, remaining, seconds } = failures.peek(key);
    if (!allowed || (failures.enabled && pending > remaining)) {
      onLimited(failures.name);
      throw rateLimited(allowed ? 1 : seconds);
    }
    this.#pending.set(key, pending + 1);
    try {
      return await attempt();
    } catch (error) {
      if (error instanceof WrongPassword) {
        failures.take(key);
        onFailure();
      }
      throw error;
    } finally {
      this.#leave(key);
    }
  }

  #leave(key: string): void {
    const left = (this.#pending.get(key) ?? 1) - 1;
    if (left > 0) this.#pending.set(key, left);
    else this.#pending.delete(key);
  }
}
