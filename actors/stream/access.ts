/**
 * Who opens a stream: the bearer token of a request, verified against the configured keys only.
 * Verified tokens are remembered until they expire, so that a storm of reconnects is cheap. A token of
 * a session that has ended is refused although it has not expired.
 */
import { createLocalJWKSet, errors, type JSONWebKeySet, jwtVerify } from "@panva/jose";
import { LRUCache } from "lru-cache";
import * as v from "valibot";
import { ConfigError, ExpiringSet } from "../platform/mod.ts";
import { EntityId, ProblemError, REFUSALS } from "../protocol/mod.ts";

/** Who a token speaks for. */
export interface Caller {
  readonly userId: string;
  readonly sessionId: string;
  /** In milliseconds since the Unix epoch. */
  readonly expiresAtMs: number;
}

export interface AccessOptions {
  /** Public keys as the text of a JWK set. */
  readonly jwks: string;
  readonly issuer: string;
  readonly audience: string;
  /** See {@link createEndedSessions}. */
  readonly endedSessions: Pick<ExpiringSet, "has">;
}

const CLOCK_SKEW_SECONDS = 5;
const REMEMBERED_TOKENS = 50_000;
const REMEMBERED_SESSIONS = 100_000;
/** Clocks differ, and a token may be on its way while its session ends. */
const SESSION_MARGIN_MS = 60_000;
/** Longer than any token of ours; longer ones are refused unread. */
const TOKEN_MAX_CHARS = 4_096;
const BEARER = /^Bearer +([A-Za-z0-9._~+/-]+=*)$/i;

const Claims = v.object({ sub: EntityId, sid: EntityId, exp: v.number() });
const KeySet = v.object({
  keys: v.pipe(v.array(v.looseObject({ kty: v.string(), kid: v.string() })), v.minLength(1)),
});

/** Remembers each ended session until the last of its tokens, valid for `accessTokenMs`, has expired. */
export function createEndedSessions(
  accessTokenMs: number,
  clock: { readonly now?: () => number } = {},
): ExpiringSet {
  const keepMs = endsMatterMs(accessTokenMs);
  return new ExpiringSet({ keepMs, max: REMEMBERED_SESSIONS, ...clock });
}

/** How long the end of a session matters whose tokens are valid for `accessTokenMs`. */
export function endsMatterMs(accessTokenMs: number): number {
  return accessTokenMs + SESSION_MARGIN_MS;
}

export class Access {
  readonly #options: AccessOptions;
  #keys: ReturnType<typeof createLocalJWKSet>;
  readonly #verified = new LRUCache<string, Caller>({ max: REMEMBERED_TOKENS });

  /** @throws {ConfigError} when `jwks` is no key set */
  constructor(options: AccessOptions) {
    this.#options = options;
    this.#keys = parseKeys(options.jwks);
  }

  /**
   * Accepts tokens of these keys from now on, and of no others.
   *
   * @throws {ConfigError} when `jwks` is no key set
   */
  useKeys(jwks: string): void {
    this.#keys = parseKeys(jwks);
    this.#verified.clear();
  }

  /**
   * Who sends a request with this `Authorization` header.
   *
   * @throws {ProblemError} `token-expired`, or `unauthenticated` when there is no token of ours or its
   * session has ended
   */
  async authenticate(authorization: string | undefined, nowMs: number): Promise<Caller> {
    const caller = await this.#callerOf(authorization, nowMs);
    this.checkSession(caller);
    return caller;
  }

  /**
   * Refuses a caller whose session has ended, also since the caller was authenticated.
   *
   * @throws {ProblemError} `unauthenticated`
   */
  checkSession({ sessionId }: Caller): void {
    if (this.#options.endedSessions.has(sessionId)) throw refused("the session has ended");
  }

  #callerOf(authorization: string | undefined, nowMs: number): Caller | Promise<Caller> {
    if (authorization === undefined) throw new ProblemError(REFUSALS.tokenMissing);
    const token = BEARER.exec(authorization)?.[1];
    if (!token || token.length > TOKEN_MAX_CHARS) throw new ProblemError(REFUSALS.tokenInvalid);
    const known = this.#verified.get(token);
    if (known === undefined) return this.#verify(token);
    if (known.expiresAtMs > nowMs) return known;
    this.#verified.delete(token);
    throw expired();
  }

  async #verify(token: string): Promise<Caller> {
    const keys = this.#keys;
    try {
      const { payload } = await jwtVerify(token, keys, {
        algorithms: ["EdDSA"],
        typ: "at+jwt",
        issuer: this.#options.issuer,
        audience: this.#options.audience,
        clockTolerance: CLOCK_SKEW_SECONDS,
        requiredClaims: ["sub", "sid", "jti", "iat", "exp"],
      });
      const { sub, sid, exp } = v.parse(Claims, payload);
      const expiresAtMs = (exp + CLOCK_SKEW_SECONDS) * 1000;
      const caller = { userId: sub, sessionId: sid, expiresAtMs };
      // A key that was taken out meanwhile must not be remembered.
      if (keys === this.#keys) this.#verified.set(token, caller);
      return caller;
    } catch (error) {
      if (error instanceof errors.JWTExpired) throw expired();
      if (error instanceof errors.JOSEError || error instanceof v.ValiError) {
        throw new ProblemError(REFUSALS.tokenInvalid);
      }
      throw error;
    }
  }
}

function parseKeys(jwks: string): ReturnType<typeof createLocalJWKSet> {
  try {
    const keys: JSONWebKeySet = v.parse(KeySet, JSON.parse(jwks));
    return createLocalJWKSet(keys);
  } catch (cause) {
    throw new ConfigError("Cannot start: JWKS is no set of public keys with ids", { cause });
  }
}

function expired(): ProblemError {
  return new ProblemError(REFUSALS.tokenExpired);
}

function refused(detail: string): ProblemError {
  return new ProblemError({ code: "unauthenticated", detail });
}
