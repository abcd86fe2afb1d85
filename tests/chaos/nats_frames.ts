/**
 * Cuts a stream of bytes of the NATS client protocol, in either direction, into whole frames, so that a
 * proxy can see which message passes. Knows only as much of the protocol as that takes.
 */

/** One protocol line with the payload that belongs to it. */
export interface Frame {
  /** `PUB`, `HPUB`, `MSG`, `HMSG`; anything else is a line without payload. */
  readonly op: string;
  /** Empty when the frame carries no message. */
  readonly subject: string;
  /** Where an answer is to be sent; empty when nobody asks for one. */
  readonly reply: string;
  readonly bytes: Uint8Array;
}

const CR = 13;
const LF = 10;
const decoder = new TextDecoder();

export class FrameSplitter {
  #rest: Uint8Array = new Uint8Array();

  /** Takes in bytes in the order of their arrival; returns the frames that are complete by now. */
  push(chunk: Uint8Array): Frame[] {
    const bytes = this.#rest.length === 0 ? chunk.slice() : joined([this.#rest, chunk]);
    const frames: Frame[] = [];
    let at = 0;
    while (at < bytes.length) {
      const line = endOfLine(bytes, at);
      if (line < 0) break;
      const head = readHead(decoder.decode(bytes.subarray(at, line)));
      const end = line + 2 + (head.payload === undefined ? 0 : head.payload + 2);
      if (end > bytes.length) break;
      const { op, subject, reply } = head;
      frames.push({ op, subject, reply, bytes: bytes.subarray(at, end) });
      at = end;
    }
    this.#rest = bytes.subarray(at);
    return frames;
  }
}

interface Head {
  readonly op: string;
  readonly subject: string;
  readonly reply: string;
  /** Bytes of the payload; absent for a frame that has none. */
  readonly payload?: number;
}

/** Reads the control line of a frame, without its line end. */
function readHead(line: string): Head {
  const [op = "", ...words] = line.split(/[ \t]+/);
  const name = op.toUpperCase();
  const [least, most] = wordCounts(name);
  const payload = Number(words.at(-1));
  if (least === 0 || words.length < least || words.length > most || !Number.isInteger(payload)) {
    return { op: name, subject: "", reply: "" };
  }
  const subject = words[0] ?? "";
  const before = name.endsWith("MSG") ? 2 : 1;
  return { op: name, subject, reply: words.length === most ? words[before] ?? "" : "", payload };
}

/** How many words follow the name of a frame with payload, without and with a reply subject. */
function wordCounts(op: string): [number, number] {
  switch (op) {
    case "PUB":
      return [2, 3];
    case "HPUB":
    case "MSG":
      return [3, 4];
    case "HMSG":
      return [4, 5];
    default:
      return [0, 0];
  }
}

function endOfLine(bytes: Uint8Array, from: number): number {
  for (let at = bytes.indexOf(CR, from); at >= 0; at = bytes.indexOf(CR, at + 1)) {
    if (bytes[at + 1] === LF) return at;
  }
  return -1;
}

/** One array of all `parts`. */
export function joined(parts: readonly Uint8Array[]): Uint8Array {
  const [only] = parts;
  if (parts.length === 1 && only) return only;
  const all = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}
