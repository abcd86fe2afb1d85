/**
 * `Idempotency-Key` (draft-ietf-httpapi-idempotency-key-header): a UUIDv7 is the command's id itself. For
 * any other key the id made at its first use is kept, per caller: an id carries its time, so it cannot be
 * computed from the key alone. It is kept in NATS for a day, where commands go as well, so that keys need
 * nothing else. None makes room for another: where there is no room, a command with a new key is refused.
 */
import {
  jetstream,
  JetStreamApiError,
  type JetStreamClient,
  type JetStreamManager,
  jetstreamManager,
} from "@nats-io/jetstream";
import { isUuidV7, type Problem, ProblemError } from "../../actors/protocol/mod.ts";
import { hashOf } from "../../actors/protocol/routing/mod.ts";
import {
  isWrongLastSequence,
  KEY_PREFIX,
  KEY_STREAM,
  type NatsConnection,
  whenInWords,
} from "../../actors/platform/mod.ts";
import { malformed, type RateLimiter, RetryLater } from "../http/mod.ts";
import { fullnessOf } from "./_refusal.ts";
import { decodeKey, encodeKey, isFor, type KeptKey, newKey } from "./_kept_key.ts";

const KEY_MAX_CHARS = 255;
/** The field, as the place of what is wrong. */
const HERE = { header: "Idempotency-Key" };
/** As long as commands wait for what they need besides the mailbox. */
const TIMEOUT_MS = 1_500;
/** What whoever has no room for a key can do. */
const OWN_ID = "A UUIDv7 as the key, or as the command's id, needs no room: it can be used now";
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
   * when the caller used it for another group; `storage-full`, `rate-limited` or `unavailable` when a key
   * that is not kept yet cannot be
   */
  commandId(field: string, use: KeyUse): Promise<string>;
}

/** How keys are let in. */
export interface KeyOptions {
  /** Keys that one user may have kept. */
  readonly quota: RateLimiter;
  /** Told of every refusal for want of quota. */
  readonly onLimited: (policy: string) => void;
}

/** Keys in a stream with one subject for each; who writes there first says which command it stands for. */
export class NatsIdempotencyKeys implements IdempotencyKeys {
  readonly #client: JetStreamClient;
  readonly #manager: JetStreamManager;
  readonly #options: KeyOptions;

  private constructor(client: JetStreamClient, manager: JetStreamManager, options: KeyOptions) {
    this.#client = client;
    this.#manager = manager;
    this.#options = options;
  }

  /** Keys in the stream that the group host makes. */
  static async open(connection: NatsConnection, options: KeyOptions): Promise<NatsIdempotencyKeys> {
    const timeout = { timeout: TIMEOUT_MS };
    const manager = await jetstreamManager(connection, { ...timeout, checkAPI: false });
    return new NatsIdempotencyKeys(jetstream(connection, timeout), manager, options);
  }

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

  /** What the key's first use has left, which may be this one. */
  async #find(key: string, use: KeyUse): Promise<KeptKey> {
    const subject = subjectOf(use.userId, key);
    try {
      return await this.#keep(subject, use);
    } catch (cause) {
      if (cause instanceof ProblemError) throw cause;
      if (isFull(cause)) {
        const detail =
          `There is no room for further idempotency keys, so nothing was sent. ${OWN_ID}`;
        throw new ProblemError({ code: "storage-full", detail }, { cause });
      }
      const detail = "Idempotency-Key cannot be looked up at this moment, so nothing was sent; " +
        "wait as Retry-After says and send the same request again, with the same key";
      throw new ProblemError({ code: "unavailable", detail }, { cause });
    }
  }

  async #keep(subject: string, { userId, group }: KeyUse): Promise<KeptKey> {
    const { quota, onLimited } = this.#options;
    const room = quota.peek(userId);
    if (!room.allowed) {
      // A key that is kept already costs nothing.
      const known = await this.#known(subject);
      if (known) return known;
      onLimited(quota.name);
      const detail =
        "You have had so many commands with an Idempotency-Key of your own in the last day " +
        `that the next one is kept ${whenInWords(room.seconds)}; nothing was sent. ${OWN_ID}`;
      throw new RetryLater({ code: "rate-limited", detail }, room.seconds);
    }
    const kept = newKey(group);
    try {
      const expect = { lastSubjectSequence: 0 };
      await this.#client.publish(subject, encodeKey(kept), { expect });
    } catch (error) {
      if (!isWrongLastSequence(error)) throw error;
      const twins = await this.#known(subject);
      if (!twins) throw error;
      return twins;
    }
    quota.take(userId);
    return kept;
  }

  async #known(subject: string): Promise<KeptKey | undefined> {
    const message = await this.#manager.streams.getMessage(KEY_STREAM, { last_by_subj: subject });
    return message ? decodeKey(message.data) : undefined;
  }
}

/** Whether the stream of keys refused one because there is no room. */
function isFull(error: unknown): boolean {
  return error instanceof JetStreamApiError &&
    fullnessOf({ err_code: error.code, description: error.message }) !== undefined;
}

/** Where a key of a caller is kept; it tells neither. */
function subjectOf(userId: string, key: string): string {
  return KEY_PREFIX + hashOf(JSON.stringify([userId, key]));
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
