/**
 * Slows down who guesses passwords. Failures are counted per client network and account, and per account over
 * all networks; the second count does not concern networks from which the account has signed in, so that its
 * owner gets in while others guess. An attempt that is being checked counts as a failure until it is known to
 * be none, so that guesses at once are no way around.
 */
import { networkOf, type TrustedProxies, whenInWords } from "../../actors/platform/mod.ts";
import { clientAddress, type EdgeContext, type FailureWait, rateLimited } from "../http/mod.ts";
import { WrongPassword } from "./passwords.ts";

export interface GuessesDeps {
  readonly proxies: TrustedProxies;
  /** Failures per client network and account name. */
  readonly failures: FailureWait;
  /** Failures per account name. */
  readonly accountFailures: FailureWait;
  /** Whether the account has signed in from `network` lately; `false` when there is no such account. */
  readonly isKnown: (username: string, network: string) => Promise<boolean>;
  readonly onFailure: () => void;
  readonly onLimited: (policy: string) => void;
}

export class Guesses {
  readonly #deps: GuessesDeps;
  readonly #byNetwork: Attempts;
  readonly #byAccount: Attempts;

  constructor(deps: GuessesDeps) {
    this.#deps = deps;
    this.#byNetwork = new Attempts(deps.failures);
    this.#byAccount = new Attempts(deps.accountFailures);
  }

  /**
   * Runs `attempt`, which checks a password of the account `username`, and counts its failure.
   *
   * @throws {RetryLater} `rate-limited` after too many failures, without an attempt
   */
  async count<T>(context: EdgeContext, username: string, attempt: () => Promise<T>): Promise<T> {
    const { proxies, isKnown, onFailure } = this.#deps;
    const network = networkOf(clientAddress(context, proxies));
    using ofNetwork = this.#byNetwork.begin(`${network} ${username}`) ??
      this.#refuse(context, this.#byNetwork, `${network} ${username}`);
    using ofAccount = this.#byAccount.begin(username) ??
      (await isKnown(username, network)
        ? this.#byAccount.beginAnyway(username)
        : this.#refuse(context, this.#byAccount, username));
    try {
      return await attempt();
    } catch (error) {
      if (error instanceof WrongPassword) {
        ofNetwork.failed();
        ofAccount.failed();
        onFailure();
      }
      throw error;
    }
  }

  #refuse(context: EdgeContext, attempts: Attempts, key: string): never {
    const seconds = attempts.secondsUntilRoom(key);
    throw rateLimited(attempts.limit, seconds, context.env, {
      onLimited: this.#deps.onLimited,
      detail: "Too many wrong passwords were given for this account: this one was not looked at, " +
        `try again ${whenInWords(seconds)}`,
    });
  }
}

/** An attempt that is being checked; disposed of when that is over. */
interface Attempt extends Disposable {
  failed(): void;
}

/** The attempts of many keys: how many are being checked, and how many have failed. */
class Attempts {
  readonly #failures: FailureWait;
  readonly #pending = new Map<string, number>();

  constructor(failures: FailureWait) {
    this.#failures = failures;
  }

  get limit(): FailureWait {
    return this.#failures;
  }

  /** Begins an attempt if there is room for it. */
  begin(key: string): Attempt | undefined {
    const pending = this.#pending.get(key) ?? 0;
    return pending < this.#failures.room(key).attempts ? this.beginAnyway(key) : undefined;
  }

  beginAnyway(key: string): Attempt {
    this.#pending.set(key, (this.#pending.get(key) ?? 0) + 1);
    return {
      failed: () => this.#failures.take(key),
      [Symbol.dispose]: () => this.#end(key),
    };
  }

  /** At least a second: attempts that are being checked take part of one. */
  secondsUntilRoom(key: string): number {
    return Math.max(1, this.#failures.room(key).seconds);
  }

  #end(key: string): void {
    const left = (this.#pending.get(key) ?? 1) - 1;
    if (left > 0) this.#pending.set(key, left);
    else this.#pending.delete(key);
  }
}
