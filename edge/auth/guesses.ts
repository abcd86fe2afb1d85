/**
 * Slows down who guesses passwords. Failures are counted per client network and account, and per account over
 * all networks; the second count does not concern networks from which the account has signed in, so that its
 * owner gets in while others guess. An attempt that is being checked counts as a failure until it is known to
 * be none, so that guesses at once are no way around.
 */
import { networkOf, type TrustedProxies, whenInWords } from "../../actors/platform/mod.ts";
import { type Attempts, clientAddress, type EdgeContext, rateLimited } from "../http/mod.ts";
import { WrongPassword } from "./passwords.ts";

export interface GuessesDeps {
  readonly proxies: TrustedProxies;
  /** Per client network and account name. */
  readonly attempts: Attempts;
  /** Per account name. */
  readonly accountAttempts: Attempts;
  /** Whether the account has signed in from `network` lately; `false` when there is no such account. */
  readonly isKnown: (username: string, network: string) => Promise<boolean>;
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
    const { proxies, attempts, accountAttempts, onFailure } = this.#deps;
    const network = networkOf(clientAddress(context, proxies));
    const key = `${network} ${username}`;
    let known: Promise<boolean> | undefined;
    const isKnown = () => known ??= this.#deps.isKnown(username, network);
    using ofNetwork = attempts.begin(key) ?? this.#refuse(context, attempts, key);
    using ofAccount = accountAttempts.begin(username) ??
      (await isKnown()
        ? accountAttempts.beginAnyway(username)
        : this.#refuse(context, accountAttempts, username));
    await accountAttempts.announced();
    // At the same time others may have begun elsewhere.
    if (!attempts.fits(key)) this.#refuse(context, attempts, key);
    if (!accountAttempts.fits(username) && !await isKnown()) {
      this.#refuse(context, accountAttempts, username);
    }
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
    throw rateLimited(attempts, seconds, context.env, {
      onLimited: this.#deps.onLimited,
      detail: "Too many wrong passwords were given for this account: this one was not looked at, " +
        `try again ${whenInWords(seconds)}`,
    });
  }
}
