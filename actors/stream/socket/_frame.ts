/**
 * WebSocket frames that a server sends (RFC 6455, section 5): unmasked text messages and pings. They are
 * made here, not by the library, so that a message is encoded once and its bytes shared by all readers.
 */
import { Buffer } from "node:buffer";

const FIN = 0x80;
const TEXT = 0x1;
const CONTINUATION = 0x0;
const PING = 0x9;
const LENGTH_IN_16_BITS = 126;
const SHORT_MAX_BYTES = 125;
const HEADER_BYTES = 4;

/** A ping without data. */
export const PING_FRAME = Buffer.from([FIN | PING, 0]);

/**
 * The frames of one text message that consists of `parts`. Each of the frames but the last is exactly
 * `fragmentBytes` long, so a message may be written in slices of that size with control frames between.
 *
 * @param fragmentBytes at most 64 KiB
 */
export function textMessage(parts: readonly Uint8Array[], fragmentBytes: number): Buffer {
  const size = parts.reduce((sum, part) => sum + part.length, 0);
  if (size + HEADER_BYTES <= fragmentBytes) {
    return Buffer.concat([header(FIN | TEXT, size), ...parts]);
  }
  const payload = Buffer.concat(parts);
  const step = fragmentBytes - HEADER_BYTES;
  const frames: Buffer[] = [];
  for (let at = 0; at < size; at += step) {
    const piece = payload.subarray(at, at + step);
    const isLast = at + step >= size;
    frames.push(header((isLast ? FIN : 0) | (at === 0 ? TEXT : CONTINUATION), piece.length), piece);
  }
  return Buffer.concat(frames);
}

function header(first: number, size: number): Buffer {
  return size <= SHORT_MAX_BYTES
    ? Buffer.from([first, size])
    : Buffer.from([first, LENGTH_IN_16_BITS, size >> 8, size & 0xff]);
}
