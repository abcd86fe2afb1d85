/**
 * The bytes of one commit: a CloudEvents JSON batch. Each event is encoded once; the log message, the
 * reply to its sender and the frame on a stream are made of the same text.
 */
import type { GroupEvent } from "./event.ts";

const encoder = new TextEncoder();
const decoder = new TextDecoder("utf-8", { fatal: true });

/** One event's JSON text, on one line; the event may be of any kind of actor. */
export function encodeEvent(event: object): string {
  return JSON.stringify(event);
}

/** The log message's bytes from the text of its events. */
export function encodeCommit(events: readonly string[]): Uint8Array {
  return encoder.encode(`[${events.join(",")}]`);
}

/**
 * The events of a log message, a group's if nothing else is said.
 *
 * @throws {SyntaxError} when the bytes are not a JSON array; `cause` tells why
 */
export function decodeCommit<Event = GroupEvent>(bytes: Uint8Array): Event[] {
  let value: unknown;
  try {
    value = JSON.parse(decoder.decode(bytes));
  } catch (cause) {
    throw new SyntaxError("Cannot decode a commit: the bytes are no JSON", { cause });
  }
  if (!Array.isArray(value)) throw new SyntaxError("Cannot decode a commit: not an array");
  return value as Event[];
}
