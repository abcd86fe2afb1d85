/**
 * What people do with their own account: look at it, change name and password, delete it. Whoever changes
 * it shows the password again, because a token may be stolen. Knows nothing of HTTP.
 */
import { ProblemError, REFUSALS } from "../../actors/protocol/mod.ts";
import {
  checkUsername,
  isPossiblePassword,
  type Passwords,
  type SessionRef,
  WrongPassword,
} from "../auth/mod.ts";
import { toBeFoundOut } from "../http/mod.ts";
import type { User, Users } from "./users.ts";

const PERHAPS_CHANGED =
  "Accounts are not available at this moment, and it is not known whether yours was changed: wait as " +
  "Retry-After says and look at it; where a new password signs in, it was changed, else send this again";
const PERHAPS_DELETED =
  "Accounts are not available at this moment, and it is not known whether yours was deleted: wait as " +
  "Retry-After says and send this again; if the token is refused then, it was";

/** What a person asks to be different. */
export interface Wishes {
  /** Trimmed and lower-cased. */
  readonly username?: string;
  readonly newPassword?: string;
}

export interface UserServiceDeps {
  readonly users: Users;
  readonly passwords: Passwords;
  /** Tells everybody who holds streams or checks tokens that a session is over. */
  readonly announceEnd: (session: SessionRef) => void;
  /** How long somebody may act for an account that is deleted. */
  readonly settleSeconds: number;
  /** Told that an account was deleted, whose groups are to be left. */
  readonly onDeleted: () => void;
}

export class UserService {
  readonly #deps: UserServiceDeps;

  constructor(deps: UserServiceDeps) {
    this.#deps = deps;
  }

  /**
   * The account of the caller.
   *
   * @throws {ProblemError} `unauthenticated` when it has been deleted
   */
  async find(caller: SessionRef): Promise<User> {
    const user = await this.#deps.users.byId(caller.userId);
    if (!user) throw new ProblemError(REFUSALS.tokenInvalid);
    return user;
  }

  /**
   * Changes the caller's account `user`; a new password ends all other sessions.
   *
   * @throws {WrongPassword} when `password` is not the current one
   * @throws {ProblemError} `malformed` or `validation` for a name or password that cannot be, `conflict`
   * for a name that is taken
   */
  async change(
    user: User,
    options: { readonly wishes: Wishes; readonly password: string; readonly sessionId: string },
  ): Promise<User> {
    const { wishes: { username, newPassword }, password, sessionId } = options;
    if (username !== undefined) checkUsername(username, "/username");
    if (newPassword !== undefined) {
      await this.#deps.passwords.checkNew(newPassword, "/new_password");
    }
    await this.#confirm(user, { password, pointer: "/current_password" });
    const changes = {
      ...(username === undefined ? {} : { username }),
      ...(newPassword === undefined
        ? {}
        : { passwordHash: await this.#deps.passwords.hash(newPassword) }),
    };
    const changed = await toBeFoundOut(
      () => this.#deps.users.change(user, { changes, sessionId }),
      PERHAPS_CHANGED,
    );
    if (changed.kind === "stale") throw stale();
    if (changed.kind === "taken") {
      throw new ProblemError(REFUSALS.nameTaken);
    }
    this.#announce(user.id, changed.endedSessions);
    return changed.user;
  }

  /**
   * Deletes the account `user` and ends its sessions; its groups are left soon after.
   *
   * @throws {WrongPassword} when `password` is not its password
   */
  async remove(user: User, password: string): Promise<void> {
    await this.#confirm(user, { password, pointer: "/password" });
    const ended = await toBeFoundOut(
      () => this.#deps.users.remove(user, this.#deps.settleSeconds),
      PERHAPS_DELETED,
    );
    if (!ended) throw stale();
    this.#announce(user.id, ended);
    this.#deps.onDeleted();
  }

  async #confirm(
    user: User,
    { password, pointer }: { readonly password: string; readonly pointer: string },
  ): Promise<void> {
    const matches = isPossiblePassword(password) &&
      await this.#deps.passwords.matches(password, user.passwordHash);
    if (matches) return;
    const code = "forbidden";
    const detail = "The current password is not correct";
    throw new WrongPassword({ code, detail, errors: [{ pointer, code, message: detail }] });
  }

  #announce(userId: string, sessionIds: readonly string[]): void {
    for (const sessionId of sessionIds) this.#deps.announceEnd({ userId, sessionId });
  }
}

function stale(): ProblemError {
  return new ProblemError({
    code: "conflict",
    detail: "The account was changed at the same moment by somebody else",
  });
}
