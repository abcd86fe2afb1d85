/** Slows down who guesses passwords: failures are counted per client address and account name. */
import {
  type EdgeContext,
  limiterKey,
  rateLimited,
  type RateLimiter,
  type TrustedProxies,
} from "../http/mod.ts";
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
    const address = proxies.clientOf(context.req.raw, context.env.peer);
    const key = `${limiterKey(address)} ${username}`;
    const allowance = failures.peek(key);
    if (!allowance.allowed) {
      onLimited(failures.name);
      throw rateLimited(allowance.seconds);
    }
    try {
      return await attempt();
    } catch (error) {
      if (error instanceof WrongPassword) {
        failures.take(key);
        onFailure();
      }
      throw error;
    }
  }
}
