/**
 * What a refresh token looks like: 256 bits that nobody can guess, and before them, in the open, the session it
 * is of. So a token is known to be one of a session's earlier ones without being kept. Sessions that were begun
 * before tokens named them go on with tokens that do not. Pure.
 */
import { base64url } from "./_token_secrets.ts";

const SECRET = "[A-Za-z0-9_-]{43}";
const TOKEN = new RegExp(`^([A-Za-z0-9_-]{22})?${SECRET}$`);
const UUID = /^(.{8})(.{4})(.{4})(.{4})(.{12})$/;

/** The token with the secret part `secret` (32 bytes) that names the session `sessionId`, a UUID, or none. */
export function formatToken(sessionId: string | null, secret: Uint8Array): string {
  const session = sessionId === null
    ? ""
    : base64url(Uint8Array.fromHex(sessionId.replaceAll("-", "")));
  return session + base64url(secret);
}

/** The id of the session that `token` names, `null` for none; `undefined` when it is no refresh token. */
export function sessionOf(token: string): string | null | undefined {
  const parts = TOKEN.exec(token);
  if (!parts) return undefined;
  const [, session] = parts;
  if (session === undefined) return null;
  const hex = Uint8Array.fromBase64(session, { alphabet: "base64url" }).toHex();
  return hex.replace(UUID, "$1-$2-$3-$4-$5");
}
