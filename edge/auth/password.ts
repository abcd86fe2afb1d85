/**
 * Password hashes: Argon2id (RFC 9106) with 19 MiB, 2 passes and 1 lane, kept as PHC strings. Web Crypto
 * makes them beside the event loop; where it has no Argon2id, WebAssembly makes the same. Knows nothing
 * of accounts.
 */
import { timingSafeEqual } from "node:crypto";
import { Argon2Fallback } from "./_argon2_fallback.ts";
import type { Argon2Cost } from "./_argon2_wasm.ts";

/** Cost of a new hash. */
const COST: Argon2Cost = { memory: 19_456, passes: 2, parallelism: 1 };
/** The least there is, to try whether there is any. */
const PROBE_COST: Argon2Cost = { memory: 8, passes: 1, parallelism: 1 };
const SALT_BYTES = 16;
const HASH_BYTES = 32;

const fallback = new Argon2Fallback();
let isNative: Promise<boolean> | undefined;

/** Whether passwords can be hashed here, by the runtime itself or in WebAssembly. */
export function argon2Available(): Promise<boolean> {
  return works(derive);
}

/** Whether a hash comes of `make`; all that is wrong otherwise is the runtime. */
async function works(make: typeof derive): Promise<boolean> {
  try {
    await make("probe", new Uint8Array(SALT_BYTES), PROBE_COST);
    return true;
  } catch (error) {
    const { CompileError, LinkError } = WebAssembly;
    const known = [DOMException, TypeError, ReferenceError, CompileError, LinkError];
    if (known.some((kind) => error instanceof kind)) return false;
    throw error;
  }
}

async function derive(password: string, salt: Uint8Array, cost: Argon2Cost): Promise<Uint8Array> {
  isNative ??= works(deriveNatively);
  if (await isNative) return await deriveNatively(password, salt, cost);
  return await fallback.hash({ secret: bytesOf(password), salt, cost, length: HASH_BYTES });
}

async function deriveNatively(
  password: string,
  salt: Uint8Array,
  cost: Argon2Cost,
): Promise<Uint8Array> {
  const key = await crypto.subtle.importKey("raw", bytesOf(password), "Argon2id", false, [
    "deriveBits",
  ]);
  // The type library does not know the parameters of Argon2 yet.
  const algorithm = { name: "Argon2id", nonce: salt, ...cost } as unknown as AlgorithmIdentifier;
  return new Uint8Array(await crypto.subtle.deriveBits(algorithm, key, HASH_BYTES * 8));
}

/** One text has one encoding: keyboards differ in how they compose accented characters. */
function bytesOf(password: string): Uint8Array<ArrayBuffer> {
  return new TextEncoder().encode(password.normalize("NFC"));
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

function parsePhc(phc: string): { cost: Argon2Cost; salt: Uint8Array; hash: Uint8Array } {
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
