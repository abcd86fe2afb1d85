/**
 * Password hashes: Argon2id (RFC 9106) with 19 MiB, 2 passes and 1 lane through Web Crypto, kept as PHC
 * strings. Knows nothing of accounts.
 */
import { timingSafeEqual } from "node:crypto";

/** Cost of a new hash; `memory` in KiB. */
const COST = { memory: 19_456, passes: 2, parallelism: 1 } as const;
const SALT_BYTES = 16;
const HASH_BYTES = 32;

interface Cost {
  readonly memory: number;
  readonly passes: number;
  readonly parallelism: number;
}

/** Whether this runtime has Argon2id; Deno has it since 2.9. */
export async function argon2Available(): Promise<boolean> {
  try {
    await derive("probe", new Uint8Array(SALT_BYTES), { memory: 8, passes: 1, parallelism: 1 });
    return true;
  } catch (error) {
    if (error instanceof DOMException || error instanceof TypeError) return false;
    throw error;
  }
}

async function derive(password: string, salt: Uint8Array, cost: Cost): Promise<Uint8Array> {
  // One text has one encoding: keyboards differ in how they compose accented characters.
  const secret = new TextEncoder().encode(password.normalize("NFC"));
  const key = await crypto.subtle.importKey("raw", secret, "Argon2id", false, ["deriveBits"]);
  // The type library does not know the parameters of Argon2 yet.
  const algorithm = { name: "Argon2id", nonce: salt, ...cost } as unknown as AlgorithmIdentifier;
  return new Uint8Array(await crypto.subtle.deriveBits(algorithm, key, HASH_BYTES * 8));
}

/** Hashes `password` with a new salt; the result is a PHC string of about 97 characters. */
export async function hashPassword(password: string): Promise<string> {
  const salt = crypto.getRandomValues(new Uint8Array(SALT_BYTES));
  return toPhc(salt, await derive(password, salt, COST));
}

/**
 * Whether `password` is the one `phc` was made of.
 *
 * @throws {TypeError} when `phc` is no Argon2id PHC string
 */
export async function verifyPassword(password: string, phc: string): Promise<boolean> {
  const { cost, salt, hash } = parsePhc(phc);
  const derived = await derive(password, salt, cost);
  return derived.length === hash.length && timingSafeEqual(derived, hash);
}

/** Whether `phc` was made at another cost than new hashes are. */
export function isOutdated(phc: string): boolean {
  const { cost } = parsePhc(phc);
  return cost.memory !== COST.memory || cost.passes !== COST.passes ||
    cost.parallelism !== COST.parallelism;
}

/**
 * A PHC string that no password matches, at the cost of a real one: verified in place of the hash of a
 * user who does not exist, so that the time taken does not tell.
 */
export function decoyHash(): string {
  return toPhc(
    crypto.getRandomValues(new Uint8Array(SALT_BYTES)),
    crypto.getRandomValues(new Uint8Array(HASH_BYTES)),
  );
}

function toPhc(salt: Uint8Array, hash: Uint8Array): string {
  return `$argon2id$v=19$m=${COST.memory},t=${COST.passes},p=${COST.parallelism}` +
    `$${toBase64(salt)}$${toBase64(hash)}`;
}

const PHC =
  /^\$argon2id\$v=19\$m=(\d{1,8}),t=(\d{1,3}),p=(\d{1,3})\$([A-Za-z0-9+/]+)\$([A-Za-z0-9+/]+)$/;

function parsePhc(phc: string): { cost: Cost; salt: Uint8Array; hash: Uint8Array } {
  const [, memory, passes, parallelism, salt, hash] = PHC.exec(phc) ?? [];
  if (salt === undefined || hash === undefined) {
    throw new TypeError("Cannot verify a password: the stored hash is no Argon2id PHC string");
  }
  return {
    cost: { memory: Number(memory), passes: Number(passes), parallelism: Number(parallelism) },
    salt: fromBase64(salt),
    hash: fromBase64(hash),
  };
}

/** PHC strings use base64 without padding. */
function toBase64(bytes: Uint8Array): string {
  return btoa(String.fromCharCode(...bytes)).replace(/=+$/, "");
}

function fromBase64(text: string): Uint8Array {
  return Uint8Array.from(atob(text), (character) => character.charCodeAt(0));
}
