/** A process of its own that holds readers of streams (`fan_out_readers.ts`), and does what it is told. */
import type { Told } from "./fan_out_readers.ts";

export class ReaderProcess implements AsyncDisposable {
  readonly #child: Deno.ChildProcess;
  readonly #asking: WritableStreamDefaultWriter<Uint8Array>;
  readonly #answers: ReadableStreamDefaultReader<string>;

  /** Starts it, by means of `wrapper` if there is one: a command that becomes the one behind it. */
  constructor(wrapper: readonly string[] = []) {
    const program = new URL("./fan_out_readers.ts", import.meta.url).pathname;
    const [command = "", ...args] = [
      ...wrapper,
      Deno.execPath(),
      "run",
      "-A",
      "--no-check",
      program,
    ];
    this.#child = new Deno.Command(command, { args, stdin: "piped", stdout: "piped" }).spawn();
    this.#asking = this.#child.stdin.getWriter();
    this.#answers = this.#child.stdout.pipeThrough(new TextDecoderStream()).getReader();
  }

  get pid(): number {
    return this.#child.pid;
  }

  /** Tells the readers something; their answer, a number. */
  async ask(told: Told): Promise<number> {
    await this.#asking.write(new TextEncoder().encode(`${JSON.stringify(told)}\n`));
    const { value } = await this.#answers.read();
    if (value === undefined) throw new Error("The readers have ended");
    return Number(value);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    try {
      this.#child.kill("SIGTERM");
    } catch (error) {
      // It has ended already.
      if (!(error instanceof TypeError)) throw error;
    }
    await this.#child.status;
  }
}
