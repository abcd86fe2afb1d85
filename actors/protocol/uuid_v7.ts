/**
 * What can be read from and derived of a UUIDv7 (RFC 9562, section 5.7) by arithmetic alone: no random
 * numbers, no clock, no package.
 */

/** The instant inside a UUIDv7, in milliseconds since the Unix epoch. */
export function uuidTimeMs(id: string): number {
  return parseInt(id.slice(0, 8) + id.slice(9, 13), 16);
}

/**
 * A UUIDv7 that is a pure function of its arguments, so that two hosts that decide the same command
 * name its events alike. Its time is `nowMs`; its other bits are a hash of `seed` and `index`, so that
 * seeds that differ little, as the ids of a counting client do, give ids that have nothing in common.
 */
export function deriveId(seed: string, nowMs: number, index: number): string {
  const time = hex(Math.max(0, Math.floor(nowMs)), 12);
  const [a, b, c] = [hash(seed, 3 * index), hash(seed, 3 * index + 1), hash(seed, 3 * index + 2)];
  const variant = 0x8 | (a >>> 30);
  return `${time.slice(0, 8)}-${time.slice(8)}-7${hex(a & 0xfff, 3)}-` +
    `${hex(variant, 1)}${hex((a >>> 12) & 0xfff, 3)}-${hex(b >>> 16, 4)}${hex(c, 8)}`;
}

function hex(value: number, digits: number): string {
  return value.toString(16).padStart(digits, "0");
}

/** 32 bits that depend on every bit of `text` and `salt`: multiply and fold, finished as in MurmurHash3. */
function hash(text: string, salt: number): number {
  let state = (0x9e3779b9 + Math.imul(salt, 0x85ebca6b)) | 0;
  for (let i = 0; i < text.length; i++) {
    state = Math.imul(state ^ text.charCodeAt(i), 0x5bd1e995);
    state ^= state >>> 15;
  }
  state = Math.imul(state ^ (state >>> 16), 0x85ebca6b);
  state = Math.imul(state ^ (state >>> 13), 0xc2b2ae35);
  return (state ^ (state >>> 16)) >>> 0;
}
