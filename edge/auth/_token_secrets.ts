/** The cryptography of refresh tokens: how they are stored, and the key from which successors are made. */
const utf8 = new TextEncoder();

/** A key of its own (HKDF, RFC 5869), so that the signing key serves one purpose only. */
export async function successorKey(secret: string): Promise<CryptoKey> {
  const root = await crypto.subtle.importKey("raw", utf8.encode(secret), "HKDF", false, [
    "deriveKey",
  ]);
  return await crypto.subtle.deriveKey(
    {
      name: "HKDF",
      hash: "SHA-256",
      salt: new Uint8Array(32),
      info: utf8.encode("todo1m refresh token successor"),
    },
    root,
    { name: "HMAC", hash: "SHA-256", length: 256 },
    false,
    ["sign"],
  );
}

/** What is stored of a token. */
export async function hashToken(token: string): Promise<Uint8Array> {
  return new Uint8Array(await crypto.subtle.digest("SHA-256", utf8.encode(token)));
}

/** The form in which tokens are sent (RFC 4648, section 5). */
export function base64url(bytes: Uint8Array): string {
  return btoa(String.fromCharCode(...bytes))
    .replaceAll("+", "-").replaceAll("/", "_").replace(/=+$/, "");
}
