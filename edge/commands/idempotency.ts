/**
 * `Idempotency-Key` (draft-ietf-httpapi-idempotency-key-header): a UUIDv7 is the command's id itself. For
 * any other key the id made at its first use is kept, per caller: an id carries its time, so it cannot be
 * computed from the key alone. It is kept in NATS for a day, where commands go as well, so that keys need
 * nothing else. None makes room for another: where there is no room, a command with a new key is refused.
 */
import { isUuidV7, type Problem, ProblemError } from "../../actors/protocol/mod.ts";
import { malformed } from "../http/mod.ts";
import { isFor, type KeptKey } from "./_kept_key.ts";

/** The field, as the place of what is wrong. */
const HERE = { header: "Idempotency-Key" };
/** A key of printable ASCII in quotation marks, or without any at its beginning. */
const KEY = /^(?:"([!-~][ -~]{0,254})"|([!#-~][ -~]{0,254}))$/;

export interface KeyUse {
  /** The command id in the body, when the client chose one. */
  readonly chosen: string | undefined;
  /**
   * The group the command is for, or what stands for it in the API that the key came by; `undefined` when the
   * command makes a new one of its own id.
   */
  readonly group: string | undefined;
  readonly userId: string;
}

/** Where keys are kept that are no command ids themselves. */
export interface KeptKeys {
  /**
   * What the first use of `key` has left, which may be this one; fails as what it asks does.
   *
   * @throws {ProblemError} `storage-full` or `rate-limited` when a key that is not kept yet cannot be
   */
  find(key: string, use: KeyUse): Promise<KeptKey>;
}

/** What clients are told while keys cannot be looked up. */
export const KEYS_AWAY =
  "Idempotency-Key cannot be looked up at this moment, so nothing was sent; wait as Retry-After says " +
  "and send the same request again, with the same key";

/** Knows which command id a key stands for; looks up only what the key itself does not tell. */
export class IdempotencyKeys {
  readonly #kept: KeptKeys;

  constructor(kept: KeptKeys) {
    this.#kept = kept;
  }

  /**
   * The command id for the key in the field value `field`.
   *
   * @throws {ProblemError} `malformed` when it is no key or contradicts the body, `idempotency-mismatch`
   * when the caller used it for another group; `storage-full`, `rate-limited` or `unavailable` when a key
   * that is not kept yet cannot be
   */
  async commandId(field: string, use: KeyUse): Promise<string> {
    const key = parseKey(field);
    if (use.chosen !== undefined && use.chosen !== key) {
      throw malformed("Idempotency-Key and command_id differ", HERE, "/command_id");
    }
    if (isUuidV7(key)) return key;
    const kept = await this.#find(key, use);
    if (!isFor(kept, use.group)) throw new ProblemError(usedBefore(key));
    return kept.commandId;
  }

  async #find(key: string, use: KeyUse): Promise<KeptKey> {
    try {
      return await this.#kept.find(key, use);
    } catch (cause) {
      if (cause instanceof ProblemError) throw cause;
      throw new ProblemError({ code: "unavailable", detail: KEYS_AWAY }, { cause });
    }
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
  const [, quoted, bare] = KEY.exec(field.trim()) ?? [];
  const key = quoted ?? bare;
  if (key === undefined) {
    const allowed = "1 to 255 printable ASCII characters, all or none of them in quotation marks";
    throw malformed(`Idempotency-Key must be ${allowed}`, HERE);
  }
  const lower = key.toLowerCase();
  // A UUID is the same in capitals (RFC 9562, section 4); any other key is not.
  return isUuidV7(lower) ? lower : key;
}
