/** The Ed25519 key that signs access tokens: made at the first start, kept, never a default. */
import { calculateJwkThumbprint, type JWK } from "@panva/jose";
import { readOrMakeSecret } from "./_secrets.ts";

/** The key pair in the forms the processes take from their environment. */
export interface SigningKey {
  /** Private JWK with `kid` and `alg`, for the edge. */
  readonly privateJwk: string;
  /** JWK set with the public key only (RFC 7517, section 5). */
  readonly jwks: string;
}

/** Reads the key in `path` or makes one (RFC 8037); `kid` is its thumbprint (RFC 7638). */
export async function signingKey(path: string): Promise<SigningKey> {
  const privateJwk = await readOrMakeSecret(path, makeKey);
  const { d: _private, key_ops: _operations, ...jwk } = JSON.parse(privateJwk) as JWK;
  return { privateJwk, jwks: JSON.stringify({ keys: [jwk] }) };
}

async function makeKey(): Promise<string> {
  const pair = await crypto.subtle.generateKey("Ed25519", true, ["sign", "verify"]);
  const { kty, crv, x, d } = await crypto.subtle.exportKey(
    "jwk",
    (pair as CryptoKeyPair).privateKey,
  ) as JWK & { kty: string; crv: string; x: string; d: string };
  const kid = await calculateJwkThumbprint({ kty, crv, x });
  return JSON.stringify({ kty, crv, x, d, kid, alg: "EdDSA", use: "sig" });
}
