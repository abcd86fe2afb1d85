/**
 * Access tokens: EdDSA-signed JWTs of type at+jwt (RFC 9068, RFC 8725). Verified tokens are remembered
 * until they expire, so that a busy caller costs one signature check per token.
 */
import { errors, jwtVerify, SignJWT } from "@panva/jose";
import { LRUCache } from "lru-cache";
import * as v from "valibot";
import { EntityId, newId, ProblemError, REFUSALS } from "../../actors/protocol/mod.ts";
import type { Caller } from "../http/mod.ts";
import { ALGORITHM, type SigningKey, type VerifyingKey } from "./signing_keys.ts";

const TYPE = "at+jwt";
/** How far the clocks of two edges may differ, in seconds. */
export const CLOCK_SKEW_SECONDS = 5;
const REMEMBERED_TOKENS = 20_000;
/** Longer than any token of ours; longer ones are refused unread. */
const TOKEN_MAX_CHARS = 4_096;

const Claims = v.object({
  sub: EntityId,
  sid: EntityId,
  username: v.string(),
  exp: v.number(),
});

export interface Keys {
  readonly key: SigningKey;
  /** Keys whose tokens are accepted besides. */
  readonly otherKeys?: readonly VerifyingKey[];
}

export interface TokenOptions extends Keys {
  readonly issuer: string;
  readonly audience: string;
  readonly lifetimeSeconds: number;
}

/** Signs and verifies access tokens. */
export class AccessTokens {
  readonly #options: TokenOptions;
  #key: SigningKey;
  #publicKeys: ReadonlyMap<string, VerifyingKey>;
  readonly #verified = new LRUCache<string, Caller>({ max: REMEMBERED_TOKENS });

  constructor(options: TokenOptions) {
    this.#options = options;
    this.#key = options.key;
    this.#publicKeys = byId(options);
  }

  /** The keys whose tokens are accepted, the one that signs first. */
  get keys(): readonly VerifyingKey[] {
    return [...this.#publicKeys.values()];
  }

  /** Signs with another key from now on; tokens of keys that are not among these are refused at once. */
  useKeys(keys: Keys): void {
    this.#key = keys.key;
    this.#publicKeys = byId(keys);
    this.#verified.clear();
  }

  /** Lifetime of a new token, in seconds. */
  get lifetimeSeconds(): number {
    return this.#options.lifetimeSeconds;
  }

  /** A new token for a user in a session. */
  async sign(user: { userId: string; username: string; sessionId: string }): Promise<string> {
    const { issuer, audience, lifetimeSeconds } = this.#options;
    const key = this.#key;
    const now = Math.floor(Date.now() / 1000);
    return await new SignJWT({ sid: user.sessionId, username: user.username })
      .setProtectedHeader({ alg: ALGORITHM, typ: TYPE, kid: key.kid })
      .setIssuer(issuer)
      .setAudience(audience)
      .setSubject(user.userId)
      .setJti(newId())
      .setIssuedAt(now)
      .setExpirationTime(now + lifetimeSeconds)
      .sign(key.privateKey);
  }

  /**
   * Who `token` speaks for; at once when it was verified before, else as a promise.
   *
   * @throws {ProblemError} `token-expired`, or `unauthenticated` when it is not a token of ours
   */
  verify(token: string): Caller | Promise<Caller> {
    const known = this.#verified.get(token);
    if (known === undefined) return this.#verifySignature(token);
    if (known.expiresAt + CLOCK_SKEW_SECONDS > Date.now() / 1000) return known;
    this.#verified.delete(token);
    throw expired();
  }

  async #verifySignature(token: string): Promise<Caller> {
    if (token.length > TOKEN_MAX_CHARS) throw refused();
    const { issuer, audience } = this.#options;
    const keys = this.#publicKeys;
    try {
      const { payload } = await jwtVerify(token, ({ kid = "" }) => {
        const key = keys.get(kid);
        if (!key) throw new errors.JWKSNoMatchingKey();
        return key.publicKey;
      }, {
        algorithms: [ALGORITHM],
        typ: TYPE,
        issuer,
        audience,
        clockTolerance: CLOCK_SKEW_SECONDS,
        requiredClaims: ["sub", "sid", "jti", "iat", "exp"],
      });
      const claims = v.parse(Claims, payload);
      const caller = {
        userId: claims.sub,
        username: claims.username,
        sessionId: claims.sid,
        expiresAt: claims.exp,
      };
      // A key that was taken out meanwhile must not be remembered.
      if (keys === this.#publicKeys) this.#verified.set(token, caller);
      return caller;
    } catch (error) {
      if (error instanceof errors.JWTExpired) throw expired();
      if (error instanceof errors.JOSEError || error instanceof v.ValiError) throw refused();
      throw error;
    }
  }
}

function byId({ key, otherKeys = [] }: Keys): Map<string, VerifyingKey> {
  return new Map([key, ...otherKeys].map((each) => [each.kid, each]));
}

function expired(): ProblemError {
  return new ProblemError(REFUSALS.tokenExpired);
}

function refused(): ProblemError {
  return new ProblemError(REFUSALS.tokenInvalid);
}
