/**
 * A child's output: every line goes to its log file, the ones that matter to the terminal.
 * Keeps the last lines for the sentence that explains a failed start.
 */

const keptLines = 12;
/** Lines that sound worse than they are: each happens at every start, or at every recovery. */
const routine = new RegExp([
  "experimental feature",
  "^(Download|Initialize|Check file)",
  "Websocket not configured with TLS",
  "Healthcheck failed: .failed to be ready for connections",
  "the database system is (starting up|not yet accepting connections|shutting down)",
].join("|"));
/** Log messages as a sentence about the process; the second one is good news that a bad one asks for. */
const sentences: readonly (readonly [RegExp, string])[] = [
  [/^NATS connection: "?disconnect"?$/, "lost its connection to NATS; it reconnects by itself"],
  [/^NATS connection: "?reconnect(ed)?"?$/, "is connected to NATS again"],
];
const recovery = /"message"\s*:\s*"NATS connection: (\\")?reconnect/;
const alarming =
  /\[(ERR|FTL|WRN)\]|^\S*\s*(WARNING|ERROR|FATAL|PANIC):|\b(WARN|ERROR|FATAL|PANIC)\b|\berror\b:|^error|Uncaught/;

/** Whether a line of a child's output is worth a person's attention. Pure. */
export function isAlarming(line: string): boolean {
  const text = plain(line);
  if (routine.test(text)) return false;
  if (text.startsWith("{")) {
    return recovery.test(text) ||
      /"(level|severity)"\s*:\s*"(warn|warning|error|fatal|critical)"/i.test(text);
  }
  return alarming.test(text);
}

/** A JSON log line as a sentence or `LEVEL message: error`; any other line as it is. Pure. */
export function readable(line: string): string {
  if (!line.startsWith("{")) return line;
  try {
    const { level, severity, message, msg, error } = JSON.parse(line) as Record<string, unknown>;
    const cause = typeof error === "object" && error !== null && "message" in error
      ? error.message
      : error;
    const sentence = sentences.find(([pattern]) => pattern.test(`${message ?? msg}`));
    if (sentence) return sentence[1];
    const text = `${level ?? severity ?? ""} ${message ?? msg ?? line}`.trim();
    return cause === undefined ? text : `${text}: ${cause}`;
  } catch {
    // Not JSON after all: shown as it is.
    return line;
  }
}

function plain(line: string): string {
  // deno-lint-ignore no-control-regex
  return line.replaceAll(/\x1b\[[0-9;]*m/g, "");
}

/** The log file of one process, over all its restarts. */
export class ChildLog {
  readonly #file: Deno.FsFile;
  readonly #last: string[] = [];
  readonly #show: (line: string) => void;

  private constructor(file: Deno.FsFile, show: (line: string) => void) {
    this.#file = file;
    this.#show = show;
  }

  /** Starts an empty file at `path`. */
  static async open(path: string, show: (line: string) => void): Promise<ChildLog> {
    const file = await Deno.open(path, { write: true, create: true, truncate: true });
    return new ChildLog(file, show);
  }

  /** Reads a stream to its end or until `signal` aborts. */
  async pump(stream: ReadableStream<Uint8Array>, signal: AbortSignal): Promise<void> {
    const reader = stream.getReader();
    // It fails only for a stream that has failed, and then reading it has failed too.
    const cancel = () => void reader.cancel().catch(() => {});
    signal.addEventListener("abort", cancel, { once: true });
    const decoder = new TextDecoder();
    let rest = "";
    try {
      for (;;) {
        const { done, value } = await reader.read();
        if (done) break;
        const lines = (rest + decoder.decode(value, { stream: true })).split("\n");
        rest = lines.pop() ?? "";
        await this.#write(lines);
      }
    } finally {
      signal.removeEventListener("abort", cancel);
      if (rest !== "") await this.#write([rest]);
    }
  }

  /** The last lines of the newest start, oldest first. */
  get tail(): string[] {
    return this.#last.map(plain).filter((line) => !routine.test(line));
  }

  /** Begins a new start: its explanation shall not quote the one before. */
  forget(): void {
    this.#last.length = 0;
  }

  [Symbol.dispose](): void {
    this.#file.close();
  }

  async #write(lines: string[]): Promise<void> {
    if (lines.length === 0) return;
    const bytes = new TextEncoder().encode(lines.join("\n") + "\n");
    for (let at = 0; at < bytes.length;) at += await this.#file.write(bytes.subarray(at));
    for (const line of lines) {
      if (line.trim() !== "") this.#last.push(line);
      if (isAlarming(line)) this.#show(readable(line));
    }
    this.#last.splice(0, this.#last.length - keptLines);
  }
}
