/**
 * Incremental parser of `text/event-stream` (WHATWG HTML, section 9.2.6). Takes text in pieces cut
 * anywhere, even between the CR and the LF of one line end. Knows nothing of what frames mean.
 */

/** One dispatched frame. */
export interface SseFrame {
  /** `message` when the stream named none. */
  readonly event: string;
  readonly data: string;
  /** The last event id in force when the frame was dispatched; empty before the first. */
  readonly id: string;
}

export interface SseParser {
  /** Takes the next piece of decoded text and returns the frames it completed, in order. */
  push(text: string): SseFrame[];
  /** Reconnection time the stream asked for, in milliseconds. */
  readonly retryMs: number | undefined;
}

/** Makes a parser for one stream; it holds at most one unfinished frame. */
export function createSseParser(): SseParser {
  let rest = "";
  let skipLineFeed = false;
  let first = true;
  let event = "";
  let data: string[] = [];
  let id = "";
  let retryMs: number | undefined;

  function field(name: string, value: string): void {
    if (name === "event") event = value;
    else if (name === "data") data.push(value);
    else if (name === "id") {
      if (!value.includes("\0")) id = value;
    } else if (name === "retry" && /^\d+$/.test(value)) retryMs = Number(value);
  }

  function line(text: string): SseFrame | undefined {
    if (text === "") {
      const frame = data.length > 0
        ? { event: event || "message", data: data.join("\n"), id }
        : undefined;
      event = "";
      data = [];
      return frame;
    }
    const colon = text.indexOf(":");
    if (colon === 0) return undefined;
    if (colon < 0) field(text, "");
    else {
      const value = text.slice(colon + 1);
      field(text.slice(0, colon), value.startsWith(" ") ? value.slice(1) : value);
    }
    return undefined;
  }

  function push(piece: string): SseFrame[] {
    let text = piece;
    if (text === "") return [];
    if (first) {
      first = false;
      if (text.startsWith("\uFEFF")) text = text.slice(1);
    }
    if (skipLineFeed && text.startsWith("\n")) text = text.slice(1);
    if (text !== "") skipLineFeed = false;
    const frames: SseFrame[] = [];
    // Only the new piece is searched for line ends: what was left over holds none.
    let start = 0;
    const ends = /\r\n|\r|\n/g;
    for (let match = ends.exec(text); match; match = ends.exec(text)) {
      const frame = line(rest + text.slice(start, match.index));
      rest = "";
      if (frame) frames.push(frame);
      start = ends.lastIndex;
      if (match[0] === "\r" && start === text.length) skipLineFeed = true;
    }
    rest += text.slice(start);
    return frames;
  }

  return {
    push,
    get retryMs() {
      return retryMs;
    },
  };
}
