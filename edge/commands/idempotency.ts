/**
 * `Idempotency-Key` (draft-ietf-httpapi-idempotency-key-header): a UUIDv7 is the command's id itself. For
 * any other key the id made at its first use is kept, per caller, in Postgres: an id carries its time, so
 * it cannot be computed from the key alone.
 */
import { isUuidV7, newId, type Problem, ProblemError } from "../../actors/protocol/mod.ts";
import type { Sql } from "../../actors/platform/mod.ts";
import { malformed } from "../http/mod.ts";

const KEY_MAX_CHARS = 255;
/** The field, as the place of what is wrong. */
const HERE = { header: "Idempotency-Key" };
const PRINTABLE = /^[\x21-\x7e][\x20-\x7e]*$/;

export interface KeyUse {
  /** The command id in the body, when the client chose one. */
  readonly chosen: string | undefined;
  /** The group the command is for; `undefined` when the command makes a new one of its own id. */
  readonly group: string | undefined;
  readonly userId: string;
}

/** Knows which command id a key stands for. */
export interface IdempotencyKeys {
  /**
   * The command id for the key in the field value `field`.
   *
   * @throws {ProblemError} `malformed` when it is no key or contradicts the body, `idempotency-mismatch`
   * when the caller used it for another group
   */
  commandId(field: string, use: KeyUse): Promise<string>;
}

export class PostgresIdempotencyKeys implements IdempotencyKeys {
  readonly #sql: Sql;

  constructor(sql: Sql) {
    this.#sql = sql;
  }

  async commandId(field: string, use: KeyUse): Promise<string> {
    const key = parseKey(field);
    if (use.chosen !== undefined && use.chosen !== key) {
      throw malformed("Idempotency-Key and command_id differ", HERE, "/command_id");
    }
    if (isUuidV7(key)) return key;
    const { command_id, group_id } = await this.#find(key, use);
    if (group_id !== (use.group ?? command_id)) {
      throw new ProblemError(usedBefore(key));
    }
    return command_id;
  }

  async #find(
    key: string,
    { userId, group }: KeyUse,
  ): Promise<{ command_id: string; group_id: string }> {
    const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(key));
    const id = newId();
    // The update that changes nothing makes the row of an earlier or simultaneous use come back.
    const [row] = await this.#sql<{ command_id: string; group_id: string }[]>`
      insert into idempotency_keys (user_id, key_hash, command_id, group_id)
      values (${userId}, ${new Uint8Array(digest)}, ${id}, ${group ?? id})
      on conflict (user_id, key_hash) do update set command_id = idempotency_keys.command_id
      returning command_id, group_id`;
    if (!row) throw new Error("Cannot keep an idempotency key: the store returned no row");
    return row;
  }

  /** Removes at most 1,000 keys that are older than any ledger's certain memory by far. */
  async removeOld(): Promise<void> {
    await this.#sql`
      delete from idempotency_keys where (user_id, key_hash) in (
        select user_id, key_hash from idempotency_keys
        where created_at < now() - interval '7 days' limit 1000)`;
  }
}

function usedBefore(key: string): Problem {
  const code = "idempotency-mismatch";
  const detail = `Idempotency-Key ${JSON.stringify(key)} was used for something else: send this ` +
    "with a new key, or with this one what was sent with it before";
  return { code, detail, errors: [{ ...HERE, code, message: detail }] };
}

/**
 * A refusal of a command whose id came with the key in `field`, told of the key: clients have never seen the
 * id that another key stands for.
 */
export function aboutKey(problem: Problem, field: string): Problem {
  if (problem.code === "idempotency-mismatch") {
    return { ...problem, ...usedBefore(parseKey(field)) };
  }
  if (!problem.errors) return problem;
  const errors = problem.errors.map((error) =>
    error.pointer === "/command_id" ? { ...HERE, code: error.code, message: error.message } : error
  );
  return { ...problem, errors };
}

/**
 * The key in a field value, which may be quoted (RFC 9651 string) or bare.
 *
 * @throws {ProblemError} `malformed`
 */
export function parseKey(field: string): string {
  const text = field.trim();
  const key = text.length > 2 && text.startsWith('"') && text.endsWith('"')
    ? text.slice(1, -1)
    : text;
  if (key.length <= KEY_MAX_CHARS && PRINTABLE.test(key)) {
    const lower = key.toLowerCase();
    // A UUID is the same in capitals (RFC 9562, section 4); any other key is not.
    return isUuidV7(lower) ? lower : key;
  }
  throw malformed(`Idempotency-Key must be 1 to ${KEY_MAX_CHARS} printable characters`, HERE);
}
