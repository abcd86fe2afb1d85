/**
 * The sessions that ended while access tokens of theirs may still be valid. Every edge tells the others
 * which it has ended; what is heard is kept for as long as such a token can live.
 */
import type { NatsConnection } from "@nats-io/nats-core";
import { logger } from "../../actors/platform/mod.ts";

/** Most sessions remembered; beyond that the ones that ended first are forgotten. */
const SESSIONS = 200_000;
const ANNOUNCED = "auth.session.*.revoked";
const SUBJECT = /^auth\.session\.([A-Za-z0-9_-]{1,64})\.revoked$/;

/** The core subject on which the end of a session is announced. */
export function sessionEndedSubject(sessionId: string): string {
  return ANNOUNCED.replace("*", sessionId);
}

export class EndedSessions {
  readonly #keepMs: number;
  readonly #now: () => number;
  /** By session, when no token of it can be valid any more; in the order of their ends. */
  readonly #until = new Map<string, number>();

  /** @param keepMs how long an access token can be valid after its session has ended */
  constructor(keepMs: number, now: () => number = () => performance.now()) {
    this.#keepMs = keepMs;
    this.#now = now;
  }

  /** How many sessions are remembered. */
  get size(): number {
    return this.#until.size;
  }

  /** Notes that a session has ended now. */
  add(sessionId: string): void {
    const now = this.#now();
    for (const [oldest, until] of this.#until) {
      if (until > now && this.#until.size < SESSIONS) break;
      this.#until.delete(oldest);
    }
    // An earlier note of the same end is as good.
    if (!this.#until.has(sessionId)) this.#until.set(sessionId, now + this.#keepMs);
  }

  /** Whether a session has ended lately. */
  has(sessionId: string): boolean {
    return this.#until.has(sessionId);
  }
}

/** Notes in `ended` every session whose end any edge announces. */
export function followEndedSessions(
  connection: NatsConnection,
  ended: Pick<EndedSessions, "add">,
): void {
  const log = logger("edge.auth");
  connection.subscribe(ANNOUNCED, {
    callback: (error, message) => {
      if (error) {
        log.error("Ends of sessions cannot be received: {reason}", { reason: error.message });
        return;
      }
      const [, sessionId] = SUBJECT.exec(message.subject) ?? [];
      if (sessionId !== undefined) ended.add(sessionId);
    },
  });
}
