/**
 * Access tokens: EdDSA-signed JWTs of type at+jwt (RFC 9068, RFC 8725). Verified tokens are remembered
 * until they expire, so that a busy caller costs one signature check per token.
 */
import {
  calculateJwkThumbprint,
  type CryptoKey,
  errors,
  importJWK,
  type JWK,
  jwtVerify,
  SignJWT,
} from "@panva/jose";
import { LRUCache } from "lru-cache";
import * as v from "valibot";
import { EntityId, newId, ProblemError } from "../../actors/protocol/mod.ts";
import { ConfigError } from "../../actors/platform/mod.ts";
import type { Caller } from "../http/mod.ts";

const ALGORITHM = "EdDSA";
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

const PrivateKey = v.looseObject({
  kty: v.literal("OKP"),
  crv: v.literal("Ed25519"),
  x: v.string(),
  d: v.string(),
  kid: v.optional(v.string()),
});

/** The key that signs, and what others need to verify with it. */
export interface SigningKey {
  readonly kid: string;
  readonly privateKey: CryptoKey;
  readonly publicKey: CryptoKey;
  readonly publicJwk: JWK;
  /** Secret bytes of the key, from which other secrets are derived. */
  readonly secret: string;
}

/**
 * Imports the private Ed25519 key in `text`, a JWK; without `kid` its thumbprint (RFC 7638) is used.
 *
 * @throws {ConfigError} when it is no such key
 */
export async function importSigningKey(text: string): Promise<SigningKey> {
  try {
    const { kty, crv, x, d, kid: named } = v.parse(PrivateKey, JSON.parse(text));
    const kid = named ?? await calculateJwkThumbprint({ kty, crv, x });
    const [privateKey, publicKey] = await Promise.all([
      importJWK({ kty, crv, x, d }, ALGORITHM),
      importJWK({ kty, crv, x }, ALGORITHM),
    ]);
    if (!(privateKey instanceof CryptoKey) || !(publicKey instanceof CryptoKey)) {
      throw new TypeError("not an asymmetric key");
    }
    const publicJwk = { kty, crv, x, kid, alg: ALGORITHM, use: "sig" };
    return { kid, privateKey, publicKey, publicJwk, secret: d };
  } catch (cause) {
    throw new ConfigError("Cannot start: SIGNING_KEY is no private Ed25519 key in JWK form", {
      cause,
    });
  }
}

export interface TokenOptions {
  readonly key: SigningKey;
  readonly issuer: string;
  readonly audience: string;
  readonly lifetimeSeconds: number;
}

/** Signs and verifies access tokens. */
export class AccessTokens {
  readonly #options: TokenOptions;
  readonly #verified = new LRUCache<string, Caller>({ max: REMEMBERED_TOKENS });

  constructor(options: TokenOptions) {
    this.#options = options;
  }

  /** Lifetime of a new token, in seconds. */
  get lifetimeSeconds(): number {
    return this.#options.lifetimeSeconds;
  }

  /** A new token for a user in a session. */
  async sign(user: { userId: string; username: string; sessionId: string }): Promise<string> {
    const { key, issuer, audience, lifetimeSeconds } = this.#options;
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
    const { key, issuer, audience } = this.#options;
    try {
      const { payload } = await jwtVerify(token, (header) => {
        if (header.kid !== key.kid) throw new errors.JWKSNoMatchingKey();
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
      this.#verified.set(token, caller);
      return caller;
    } catch (error) {
      if (error instanceof errors.JWTExpired) throw expired();
      if (error instanceof errors.JOSEError || error instanceof v.ValiError) throw refused();
      throw error;
    }
  }
}

// One text for both, as Todo-1M's clients expect; the code tells them apart.
function expired(): ProblemError {
  return new ProblemError({ code: "token-expired", detail: "invalid token" });
}

function refused(): ProblemError {
  return new ProblemError({ code: "unauthenticated", detail: "invalid token" });
}
