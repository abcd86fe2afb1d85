/** A real process that a scenario starts, stops, kills and never leaves behind. */
import { pauseProcess } from "../../dev/mod.ts";

const TAIL_LINES = 40;

/** Every child that lives, for the case that the run itself has to end at once. */
const living = new Set<Child>();

/** Told every line that any child writes to its standard error. */
let listener: ((line: string) => void) | undefined;

/** Shows what all children write to their standard error. */
export function listenToChildren(listen: (line: string) => void): void {
  listener = listen;
}

export interface ChildOptions {
  readonly command: string;
  readonly args: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  /** Told every line it writes, to whichever of its outputs. */
  readonly onLine?: (line: string) => void;
}

export class Child implements AsyncDisposable {
  readonly name: string;
  readonly pid: number;
  /** How it ended. */
  readonly status: Promise<Deno.CommandStatus>;
  /** The newest lines of its standard error. */
  readonly tail: string[] = [];
  readonly #process: Deno.ChildProcess;
  readonly #read: Promise<void>;
  readonly #onLine: ((line: string) => void) | undefined;
  #gone = false;

  constructor(name: string, options: ChildOptions) {
    const { command, args, env = {}, onLine } = options;
    this.name = name;
    this.#onLine = onLine;
    this.#process = new Deno.Command(command, {
      args: [...args],
      env: { ...env },
      stdin: "null",
      stdout: onLine ? "piped" : "null",
      stderr: "piped",
    }).spawn();
    this.pid = this.#process.pid;
    living.add(this);
    this.status = this.#process.status.finally(() => {
      this.#gone = true;
      living.delete(this);
    });
    this.#read = this.#follow();
  }

  get gone(): boolean {
    return this.#gone;
  }

  /** Sends a signal; nothing happens when the process has ended. */
  signal(signal: Deno.Signal): void {
    if (this.#gone) return;
    try {
      this.#process.kill(signal);
    } catch (error) {
      // Ended, and not yet known here.
      if (!(error instanceof TypeError) && !(error instanceof Deno.errors.NotFound)) throw error;
    }
  }

  /** Stops it until {@link resume}; resolves when all of its threads stand still. */
  async pause(): Promise<void> {
    if (!this.#gone) await pauseProcess(this.pid);
  }

  resume(): void {
    this.signal("SIGCONT");
  }

  /** Ends it with `signal` and waits until it is gone; SIGKILL follows after `graceMs`. */
  async end(signal: Deno.Signal = "SIGKILL", graceMs = 10_000): Promise<Deno.CommandStatus> {
    this.signal(signal);
    const timer = setTimeout(() => this.signal("SIGKILL"), graceMs);
    const status = await this.status;
    clearTimeout(timer);
    await this.#read;
    return status;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.end();
  }

  async #follow(): Promise<void> {
    const { stderr } = this.#process;
    await Promise.all([
      readLines(stderr, (line) => {
        this.tail.push(line);
        this.tail.splice(0, this.tail.length - TAIL_LINES);
        this.#onLine?.(line);
        listener?.(`${this.name}[${this.pid}] ${line}`);
      }),
      this.#onLine && readLines(this.#process.stdout, this.#onLine),
    ]);
  }
}

async function readLines(
  stream: ReadableStream<Uint8Array>,
  onLine: (line: string) => void,
): Promise<void> {
  const decoder = new TextDecoder();
  let rest = "";
  for await (const chunk of stream) {
    const lines = (rest + decoder.decode(chunk, { stream: true })).split("\n");
    rest = lines.pop() ?? "";
    for (const line of lines) onLine(line);
  }
}

/** Kills every child at once. */
export function killChildren(): void {
  for (const child of living) child.signal("SIGKILL");
}

/** A port nobody listens on. */
export function freePort(): number {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  return listener.addr.port;
}
