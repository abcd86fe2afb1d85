/**
 * Work in the background: done when it is asked for, and from time to time in case nobody could ask. Never
 * twice at once. Knows nothing of what the work is.
 */
export interface WorkerOptions {
  /** Does what there is to do; answers after how many milliseconds at most it is to be done again. */
  readonly work: () => Promise<number>;
  /** Told why the work failed; answers after how many milliseconds it is to be tried again. */
  readonly onFailure: (error: unknown) => number;
}

export class Worker {
  readonly #options: WorkerOptions;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #running: Promise<void> | undefined;
  #wanted = false;
  #stopped = false;

  constructor(options: WorkerOptions) {
    this.#options = options;
  }

  /** Whether no more is to be begun. */
  get stopped(): boolean {
    return this.#stopped;
  }

  /** Does the work now, or once more when it is being done. */
  wake(): void {
    this.#wanted = true;
    if (this.#stopped) return;
    clearTimeout(this.#timer);
    this.#running ??= this.#run();
  }

  /** Ends when nothing is being done any more. */
  async stop(): Promise<void> {
    this.#stopped = true;
    clearTimeout(this.#timer);
    await this.#running;
  }

  async #run(): Promise<void> {
    let pauseMs = 0;
    try {
      while (this.#wanted && !this.#stopped) {
        this.#wanted = false;
        pauseMs = await this.#options.work();
      }
    } catch (error) {
      pauseMs = this.#options.onFailure(error);
    }
    this.#running = undefined;
    if (!this.#stopped) this.#timer = setTimeout(() => this.wake(), pauseMs);
  }
}
