/**
 * What can be read from and derived of a UUIDv7 (RFC 9562, section 5.7) by arithmetic alone: no random
 * numbers, no clock, no package.
 */

/** The instant inside a UUIDv7, in milliseconds since the Unix epoch. */
export function uuidTimeMs(id: string): number {
  return parseInt(id.slice(0, 8) + id.slice(9, 13), 16);
}

/**
 * A UUIDv7 that is a pure function of its arguments: the random bits of `seed` (itself a UUIDv7) with
 * `index` mixed into the last twelve, under the time `nowMs`. Two hosts that decide the same command
 * thus name its events alike.
 */
export function deriveId(seed: string, nowMs: number, index: number): string {
  const time = Math.max(0, Math.floor(nowMs)).toString(16).padStart(12, "0");
  const tail = (parseInt(seed.slice(33), 16) ^ (index & 0xfff)).toString(16).padStart(3, "0");
  return `${time.slice(0, 8)}-${time.slice(8, 12)}-${seed.slice(14, 33)}${tail}`;
}
