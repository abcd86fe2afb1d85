/**
 * Tickets for WebSockets, which cannot send header fields from a browser: 256 random bits, good once,
 * within 30 seconds, for the user and session that asked. Only a ticket's hash is stored. Each has one
 * subject; using it means to write there after what its issuer wrote, which the stream lets one do.
 */
import { Buffer } from "node:buffer";
import type { JetStreamClient, JetStreamManager } from "@nats-io/jetstream";
import type { NatsConnection } from "@nats-io/nats-core";
import * as v from "valibot";
import {
  type BoundedJetStream,
  boundedJetStream,
  isWrongLastSequence,
  type Link,
  TICKET_PREFIX,
  TICKET_SECONDS,
  TICKET_STREAM,
  watchLink,
} from "../platform/mod.ts";
import { EntityId, ProblemError } from "../protocol/mod.ts";
import { hashOf } from "../protocol/routing/mod.ts";
import type { Caller } from "./access.ts";
import { parseNotice } from "./notice.ts";

const TICKET = /^[A-Za-z0-9_-]{43}$/;
const TICKET_BYTES = 32;
const TIMEOUT_MS = 2_000;
/** What tickets are for; there is one thing so far. */
const PURPOSE = "websocket";

const Record = v.object({
  user_id: EntityId,
  session_id: EntityId,
  purpose: v.literal(PURPOSE),
  /** Of the token that asked, in milliseconds since the Unix epoch. */
  token_expires_at_ms: v.number(),
  expires_at_ms: v.number(),
});

/** A ticket as its holder gets it. */
export interface Ticket {
  readonly ticket: string;
  /** RFC 3339 UTC. */
  readonly expires_at: string;
}

export class Tickets {
  readonly #client: JetStreamClient;
  readonly #manager: JetStreamManager;
  readonly #link: Link;

  private constructor({ client, manager }: BoundedJetStream, link: Link) {
    this.#client = client;
    this.#manager = manager;
    this.#link = link;
  }

  /** Tickets in the stream that is there already. */
  static async open(connection: NatsConnection): Promise<Tickets> {
    return new Tickets(await boundedJetStream(connection, TIMEOUT_MS), watchLink(connection));
  }

  /**
   * A ticket for `caller`.
   *
   * @throws {ProblemError} `unavailable` when it cannot be stored
   */
  async issue(caller: Caller, nowMs: number): Promise<Ticket> {
    this.#checkLink();
    const bytes = crypto.getRandomValues(new Uint8Array(TICKET_BYTES));
    const ticket = Buffer.from(bytes).toString("base64url");
    const expiresAtMs = nowMs + TICKET_SECONDS * 1000;
    const record: v.InferOutput<typeof Record> = {
      user_id: caller.userId,
      session_id: caller.sessionId,
      purpose: PURPOSE,
      token_expires_at_ms: caller.expiresAtMs,
      expires_at_ms: expiresAtMs,
    };
    try {
      await this.#client.publish(subjectOf(ticket), JSON.stringify(record), {
        expect: { lastSubjectSequence: 0 },
      });
    } catch (cause) {
      throw unavailable(cause);
    }
    return { ticket, expires_at: new Date(expiresAtMs).toISOString() };
  }

  /**
   * Whose ticket it is; it is used up then. Of many who use it at once one is told.
   *
   * @throws {ProblemError} `unauthenticated`, whatever is wrong with it; `unavailable` when that is not known
   */
  async redeem(ticket: string, nowMs: number): Promise<Caller> {
    if (!TICKET.test(ticket)) throw refused();
    this.#checkLink();
    const subject = subjectOf(ticket);
    try {
      const message = await this.#manager.streams.getMessage(TICKET_STREAM, {
        last_by_subj: subject,
      });
      const record = message ? parseNotice(message.data, Record) : undefined;
      if (!message || !record || record.expires_at_ms <= nowMs) throw refused();
      await this.#client.publish(subject, "", { expect: { lastSubjectSequence: message.seq } });
      return {
        userId: record.user_id,
        sessionId: record.session_id,
        expiresAtMs: record.token_expires_at_ms,
      };
    } catch (error) {
      if (error instanceof ProblemError) throw error;
      throw isWrongLastSequence(error) ? refused() : unavailable(error);
    }
  }

  /** Nobody waits for a server that is known to be away. */
  #checkLink(): void {
    if (!this.#link.isConnected) throw unavailable(new Error("NATS cannot be reached"));
  }
}

function subjectOf(ticket: string): string {
  return TICKET_PREFIX + hashOf(ticket);
}

function refused(): ProblemError {
  return new ProblemError({
    code: "unauthenticated",
    detail: "Cannot use this ticket: it is used up, too old, or none; ask for another one",
  });
}

function unavailable(cause: unknown): ProblemError {
  const detail = "Tickets are not available at this moment";
  return new ProblemError({ code: "unavailable", detail }, { cause });
}
