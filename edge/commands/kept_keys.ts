/**
 * Idempotency keys that are no command ids themselves, as they are kept in NATS: for a day, and none makes room for
 * another.
 */
import { JetStreamApiError, type JetStreamClient, type JetStreamManager } from "@nats-io/jetstream";
import { ProblemError } from "../../actors/protocol/mod.ts";
import { hashOf } from "../../actors/protocol/routing/mod.ts";
import {
  type BoundedJetStream,
  boundedJetStream,
  isWrongLastSequence,
  KEY_PREFIX,
  KEY_STREAM,
  type NatsConnection,
  whenInWords,
} from "../../actors/platform/mod.ts";
import { type RateLimiter, RetryLater } from "../http/mod.ts";
import { decodeKey, encodeKey, type KeptKey, newKey } from "./_kept_key.ts";
import { fullnessOf } from "./_refusal.ts";
import type { KeptKeys, KeyUse } from "./idempotency.ts";

/** As long as commands wait for what they need besides the mailbox. */
const TIMEOUT_MS = 1_500;
/** What whoever has no room for a key can do. */
const OWN_ID = "A UUIDv7 as the key, or as the command's id, needs no room: it can be used now";

/** How keys are let in. */
export interface KeyOptions {
  /** Keys that one user may have kept. */
  readonly quota: RateLimiter;
  /** Told of every refusal for want of quota. */
  readonly onLimited: (policy: string) => void;
}

/** Keys in a stream with one subject for each; who writes there first says which command it stands for. */
export class NatsKeptKeys implements KeptKeys {
  readonly #client: JetStreamClient;
  readonly #manager: JetStreamManager;
  readonly #options: KeyOptions;

  private constructor({ client, manager }: BoundedJetStream, options: KeyOptions) {
    this.#client = client;
    this.#manager = manager;
    this.#options = options;
  }

  /** Keys in the stream that the group host makes. */
  static async open(connection: NatsConnection, options: KeyOptions): Promise<NatsKeptKeys> {
    return new NatsKeptKeys(await boundedJetStream(connection, TIMEOUT_MS), options);
  }

  async find(key: string, use: KeyUse): Promise<KeptKey> {
    try {
      return await this.#keep(subjectOf(use.userId, key), use);
    } catch (cause) {
      if (!isFull(cause)) throw cause;
      const detail =
        `There is no room for further idempotency keys, so nothing was sent. ${OWN_ID}`;
      throw new ProblemError({ code: "storage-full", detail }, { cause });
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
