/**
 * Hashes and checks the passwords of accounts, a bounded number at once, and tells apart who guesses.
 * Knows nothing of where accounts are kept.
 */
import { type Problem, ProblemError } from "../../actors/protocol/mod.ts";
import type { Gate } from "./gate.ts";
import { decoyHash, hashPassword, verifyPassword } from "./password.ts";

/** A refusal because the password was wrong; it counts as a guess. */
export class WrongPassword extends ProblemError {
  /** A caller who is signed in is `forbidden`, anybody else `unauthenticated`. */
  constructor(code: Extract<Problem["code"], "unauthenticated" | "forbidden">, detail: string) {
    super({ code, detail });
    this.name = "WrongPassword";
  }
}

export class Passwords {
  readonly #gate: Gate;
  /** Stands in for the hash of accounts that do not exist, so that they cost the same time. */
  readonly #decoy = decoyHash();

  constructor(gate: Gate) {
    this.#gate = gate;
  }

  /**
   * A new hash of `password`.
   *
   * @throws {ProblemError} `unavailable` when too many are hashed at this moment
   */
  hash(password: string): Promise<string> {
    return this.#gate.run(() => hashPassword(password));
  }

  /**
   * Whether `password` is that of the hash `phc`; without one nobody's, after the same time.
   *
   * @throws {ProblemError} `unavailable` when too many are hashed at this moment
   */
  async matches(password: string, phc: string | undefined): Promise<boolean> {
    const matches = await this.#gate.run(() => verifyPassword(password, phc ?? this.#decoy));
    return matches && phc !== undefined;
  }
}
