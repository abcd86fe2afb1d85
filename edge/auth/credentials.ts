/** What people type to sign up or in, checked: names and passwords, with the texts Todo-1M's clients know. */
import { invalid, malformed, onlyFields } from "../http/mod.ts";

const NAME = /^[a-z0-9._-]{3,64}$/;
const PASSWORD_MIN_CHARS = 8;
const PASSWORD_MAX_CHARS = 200;

export interface Credentials {
  /** Trimmed and lower-cased. */
  readonly username: string;
  readonly password: string;
}

/**
 * The credentials in a request body, of any name and password.
 *
 * @throws {ProblemError} `malformed` when one is missing or is no text, `validation` for other fields
 */
export function parseCredentials(body: unknown): Credentials {
  const { username, password } = onlyFields(body, ["username", "password"]);
  const name = textOf(username, "/username").trim().toLowerCase();
  if (name === "") throw malformed("username is required", "/username");
  return { username: name, password: textOf(password, "/password") };
}

function textOf(value: unknown, pointer: string): string {
  if (value === undefined || value === null) return "";
  if (typeof value !== "string") throw malformed(`${pointer.slice(1)} must be a string`, pointer);
  return value;
}

/**
 * Checks that an account may have this name (lower case).
 *
 * @throws {ProblemError} `validation`
 */
export function checkUsername(username: string, pointer: string): void {
  if (!isUsername(username)) {
    throw invalid("username must be 3 to 64 letters, digits, . _ or -", pointer);
  }
}

/**
 * Checks that a password is of a length that an account may have.
 *
 * @throws {ProblemError} `malformed` when it is too short, `validation` when it is too long
 */
export function checkPassword(password: string, pointer: string): void {
  const characters = [...password].length;
  if (characters < PASSWORD_MIN_CHARS) {
    throw malformed(`password must be at least ${PASSWORD_MIN_CHARS} characters`, pointer);
  }
  if (characters > PASSWORD_MAX_CHARS) {
    throw invalid(`password must be at most ${PASSWORD_MAX_CHARS} characters`, pointer);
  }
}

/** Whether an account can have this name (lower case). */
export function isUsername(name: string): boolean {
  return NAME.test(name);
}

/** Whether an account can have these credentials at all; others need no look into the store. */
export function isPossible(credentials: Credentials): boolean {
  return isUsername(credentials.username) && isPossiblePassword(credentials.password);
}

/** Whether an account can have this password at all; others need not be hashed. */
export function isPossiblePassword(password: string): boolean {
  return password.length <= 2 * PASSWORD_MAX_CHARS;
}
