/**
 * Checks and hashes the passwords of accounts, a bounded number at once, and tells apart who guesses.
 * Knows nothing of where accounts are kept.
 */
import { type Problem, ProblemError } from "../../actors/protocol/mod.ts";
import { type Gate, invalid } from "../http/mod.ts";
import { isCommonPassword } from "./common_passwords.ts";
import { checkPassword } from "./credentials.ts";
import { decoyHash, hashPassword, verifyPassword } from "./password.ts";

/** A refusal because the password was wrong; it counts as a guess. */
export class WrongPassword extends ProblemError {
  /**
   * @param problem a caller who is signed in is `forbidden`, anybody else `unauthenticated`; its errors name the
   *   field that held the password, where that gives nothing away
   */
  constructor(problem: Problem & { readonly code: "unauthenticated" | "forbidden" }) {
    super(problem);
    this.name = "WrongPassword";
  }
}

export interface PasswordsOptions {
  readonly gate: Gate;
  /** Whether a new password may be none of the most used ones. */
  readonly refuseCommon: boolean;
}

export class Passwords {
  readonly #gate: Gate;
  readonly #refuseCommon: boolean;
  /** Stands in for the hash of accounts that do not exist, so that they cost the same time. */
  readonly #decoy = decoyHash();

  constructor({ gate, refuseCommon }: PasswordsOptions) {
    this.#gate = gate;
    this.#refuseCommon = refuseCommon;
  }

  /**
   * Checks that an account may have this password from now on; `pointer` says where it was sent.
   *
   * @throws {ProblemError} `malformed` when it is too short, `validation` when it is too long or would be guessed
   */
  async checkNew(password: string, pointer: string): Promise<void> {
    checkPassword(password, pointer);
    if (this.#refuseCommon && await isCommonPassword(password)) {
      throw invalid(
        "password is one of the most used, which are guessed first; choose another",
        pointer,
      );
    }
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
