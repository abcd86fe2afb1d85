/**
 * The sessions that have ended and may still hold a valid access token: each is remembered until the
 * last of its tokens has expired. Bounded; knows nothing of NATS, tokens or timers.
 */
import { LRUCache } from "lru-cache";

export interface EndedSessionsOptions {
  /** How long an access token is valid, in milliseconds. */
  readonly accessTokenMs: number;
  /** How many sessions are remembered; the one that ended first is forgotten first. */
  readonly max: number;
}

/** Clocks differ, and a token may be on its way while its session ends. */
const MARGIN_MS = 60_000;

export class EndedSessions {
  readonly #rememberMs: number;
  /** By session, when its last token has expired. */
  readonly #forgetAtMs: LRUCache<string, number>;

  constructor({ accessTokenMs, max }: EndedSessionsOptions) {
    this.#rememberMs = accessTokenMs + MARGIN_MS;
    this.#forgetAtMs = new LRUCache({ max });
  }

  /** Notes that session `sessionId` ended at `nowMs`, in milliseconds since the Unix epoch. */
  add(sessionId: string, nowMs: number): void {
    this.#forgetAtMs.set(sessionId, nowMs + this.#rememberMs);
  }

  /** Whether session `sessionId` is known to have ended. */
  has(sessionId: string, nowMs: number): boolean {
    const forgetAtMs = this.#forgetAtMs.peek(sessionId);
    if (forgetAtMs === undefined) return false;
    if (nowMs < forgetAtMs) return true;
    this.#forgetAtMs.delete(sessionId);
    return false;
  }
}
