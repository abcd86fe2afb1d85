/** The keys of access tokens: the one that signs, and those whose tokens are accepted besides. */
import { calculateJwkThumbprint, type CryptoKey, importJWK, type JWK } from "@panva/jose";
import * as v from "valibot";
import { ConfigError } from "../../actors/platform/mod.ts";

/** The one algorithm of our tokens. */
export const ALGORITHM = "EdDSA";

const PublicKey = v.looseObject({
  kty: v.literal("OKP"),
  crv: v.literal("Ed25519"),
  x: v.string(),
  kid: v.optional(v.string()),
});
const PrivateKey = v.looseObject({ ...PublicKey.entries, d: v.string() });
const KeySet = v.object({ keys: v.array(PublicKey) });

/** A key that tokens are verified with. */
export interface VerifyingKey {
  readonly kid: string;
  readonly publicKey: CryptoKey;
  readonly publicJwk: JWK;
}

/** The key that signs, and what others need to verify with it. */
export interface SigningKey extends VerifyingKey {
  readonly privateKey: CryptoKey;
  /** Secret bytes of the key, from which other secrets are derived. */
  readonly secret: string;
}

/**
 * Imports the texts of a signing key and of a JWK set of others, see {@link importOtherKeys}.
 *
 * @throws {ConfigError} when one of them is none
 */
export async function importKeys(
  [signing = "", others = ""]: readonly string[],
): Promise<{ key: SigningKey; otherKeys: VerifyingKey[] }> {
  const key = await importSigningKey(signing);
  return { key, otherKeys: await importOtherKeys(others, key) };
}

/**
 * Imports the private Ed25519 key in `text`, a JWK; without `kid` its thumbprint (RFC 7638) is used.
 *
 * @throws {ConfigError} when it is no such key
 */
export async function importSigningKey(text: string): Promise<SigningKey> {
  try {
    const { d, ...named } = v.parse(PrivateKey, JSON.parse(text));
    const { kty, crv, x } = named;
    const [verifying, privateKey] = await Promise.all([
      verifyingKey(named),
      asymmetric({ kty, crv, x, d }),
    ]);
    return { ...verifying, privateKey, secret: d };
  } catch (cause) {
    throw new ConfigError("Cannot start: SIGNING_KEY is no private Ed25519 key in JWK form", {
      cause,
    });
  }
}

/**
 * Imports the public Ed25519 keys in `text`, a JWK set, without `signing`, which may be among them; ""
 * holds none. Tokens of the next key and of the last one are accepted while it is changed.
 *
 * @throws {ConfigError} when it is no set of such keys, or two of them share a `kid`
 */
export async function importOtherKeys(text: string, signing: SigningKey): Promise<VerifyingKey[]> {
  if (text === "") return [];
  const others = new Map<string, VerifyingKey>();
  try {
    for (const jwk of v.parse(KeySet, JSON.parse(text)).keys) {
      const key = await verifyingKey(jwk);
      const twin = key.kid === signing.kid ? signing : others.get(key.kid);
      if (twin && twin.publicJwk.x !== jwk.x) throw new TypeError(`two keys are named ${key.kid}`);
      if (!twin) others.set(key.kid, key);
    }
  } catch (cause) {
    throw new ConfigError("Cannot start: JWKS is no set of public Ed25519 keys with ids", {
      cause,
    });
  }
  return [...others.values()];
}

async function verifyingKey(jwk: v.InferOutput<typeof PublicKey>): Promise<VerifyingKey> {
  const { kty, crv, x } = jwk;
  const kid = jwk.kid ?? await calculateJwkThumbprint({ kty, crv, x });
  const publicKey = await asymmetric({ kty, crv, x });
  return { kid, publicKey, publicJwk: { kty, crv, x, kid, alg: ALGORITHM, use: "sig" } };
}

async function asymmetric(jwk: JWK): Promise<CryptoKey> {
  const key = await importJWK(jwk, ALGORITHM);
  if (key instanceof CryptoKey) return key;
  throw new TypeError("not an asymmetric key");
}
