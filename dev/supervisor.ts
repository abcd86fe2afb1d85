/**
 * Keeps processes running: starts each, waits until it is ready, starts it again when it dies, stops
 * all of them in bounded time. Knows nothing about what the processes are.
 */
import { restartDelayMs } from "./_backoff.ts";
import { spawn, terminate } from "./_child.ts";
import { ChildLog } from "./_child_log.ts";
import { DevError, sentenceOf } from "./_error.ts";
import { dim, duration, green, red, type Say, yellow } from "./_say.ts";
import { sleep } from "./_sleep.ts";
import type { ProcessRow, ProcessSpec } from "./process_spec.ts";

const defaultGraceMs = 8_000;
const probeEveryMs = 40;
const startsBeforeGivingUp = 3;
const healthyAfterMs = 5_000;
const pipeDrainMs = 500;

export interface SupervisorOptions {
  readonly logDir: string;
  readonly say: Say;
  /** Time between the request to stop and SIGKILL. Default 8 s. */
  readonly graceMs?: number;
  /** Called whenever a process got another pid. */
  onChange?(): void;
}

interface Entry {
  readonly spec: ProcessSpec;
  readonly log: ChildLog;
  readonly firstReady: PromiseWithResolvers<void>;
  child: Deno.ChildProcess | undefined;
  /** The newest pid; it stays listed while the process waits for its restart. */
  pid: number | undefined;
  everReady: boolean;
  stopping: boolean;
  restartAsked: boolean;
  wake: () => void;
  ended: Promise<void>;
}

export class Supervisor {
  readonly #entries = new Map<string, Entry>();
  readonly #options: SupervisorOptions;
  #closed = false;

  constructor(options: SupervisorOptions) {
    this.#options = options;
  }

  /** Starts a process and resolves when it is ready; throws `DevError` "not-ready" when it cannot be. */
  async start(spec: ProcessSpec): Promise<void> {
    await Deno.mkdir(this.#options.logDir, { recursive: true });
    const show = (line: string) => this.#options.say(`${yellow(`[${spec.name}]`)} ${line}`);
    const log = await ChildLog.open(`${this.#options.logDir}/${spec.name}.log`, show);
    if (this.#closed) {
      log[Symbol.dispose]();
      throw new DevError("stopped", `${spec.name} was not started: the stack is stopping`);
    }
    const entry: Entry = {
      spec,
      log,
      firstReady: Promise.withResolvers(),
      child: undefined,
      pid: undefined,
      everReady: false,
      stopping: false,
      restartAsked: false,
      wake: () => {},
      ended: Promise.resolve(),
    };
    this.#entries.set(spec.name, entry);
    entry.ended = this.#keepRunning(entry).finally(() => log[Symbol.dispose]());
    await entry.firstReady.promise;
  }

  /** Stops a process and starts it again at once, for example after a change of its code. */
  restart(name: string): void {
    const entry = this.#entries.get(name);
    if (!entry || entry.stopping) return;
    entry.restartAsked = true;
    void this.#end(entry);
    entry.wake();
  }

  /** All processes that were started, each with its newest pid. */
  get rows(): ProcessRow[] {
    return [...this.#entries.values()].flatMap(({ spec, pid }) =>
      pid === undefined
        ? []
        : [{ name: spec.name, pid, port: spec.port, url: spec.url, match: spec.match }]
    );
  }

  /**
   * Stops everything, the last started first in the order of `groups`; a name no group mentions
   * is stopped first. Takes at most 9 s per group.
   */
  async stop(groups: readonly (readonly string[])[] = []): Promise<void> {
    this.#closed = true;
    const grouped = new Set(groups.flat());
    const others = [...this.#entries.keys()].filter((name) => !grouped.has(name));
    for (const group of [others, ...groups]) {
      await Promise.all(group.map((name) => this.#stopOne(name)));
    }
  }

  async #stopOne(name: string): Promise<void> {
    const entry = this.#entries.get(name);
    if (!entry) return;
    entry.stopping = true;
    entry.wake();
    await this.#end(entry);
    await entry.ended;
  }

  async #end({ child, spec }: Entry): Promise<void> {
    const { graceMs = defaultGraceMs } = this.#options;
    if (child) await terminate(child, { signal: spec.stopSignal ?? "SIGTERM", graceMs });
  }

  async #keepRunning(entry: Entry): Promise<void> {
    const { spec, firstReady } = entry;
    const { say } = this.#options;
    // A rejection is reported by `start`; this keeps it from being an unhandled one meanwhile.
    firstReady.promise.catch(() => {});
    let attempt = 0;
    for (let starts = 1; !entry.stopping; starts++) {
      const { ending, readyMs } = await this.#runOnce(entry);
      if (entry.stopping) break;
      if (entry.restartAsked) {
        entry.restartAsked = false;
        attempt = 0;
        continue;
      }
      if (!entry.everReady && starts >= startsBeforeGivingUp) {
        firstReady.reject(failedStart(entry, `it ended (${ending}) ${starts} times`));
        return;
      }
      if (readyMs >= healthyAfterMs) attempt = 0;
      const delayMs = restartDelayMs(attempt++);
      say(
        `${red("✗")} ${spec.name} ended unexpectedly (${ending}); restart in ${duration(delayMs)}`,
      );
      const waking = new AbortController();
      entry.wake = () => waking.abort();
      await sleep(delayMs, waking.signal);
      entry.wake = () => {};
    }
    firstReady.reject(new DevError("stopped", `${spec.name} was stopped before it was ready`));
  }

  /** One life of the process: how it ended and how long it was ready. */
  async #runOnce(entry: Entry): Promise<{ ending: string; readyMs: number }> {
    const { spec, log } = entry;
    let child: Deno.ChildProcess;
    try {
      await spec.prepare?.();
      if (entry.stopping) return { ending: "stopped", readyMs: 0 };
      child = spawn(spec);
    } catch (error) {
      return { ending: sentenceOf(error), readyMs: 0 };
    }
    entry.child = child;
    entry.pid = child.pid;
    log.forget();
    this.#options.onChange?.();
    const over = new AbortController();
    const drained = new AbortController();
    const pumps = [child.stdout, child.stderr].map((stream) => log.pump(stream, drained.signal));
    const readyAt = this.#watchReadiness(entry, over.signal);
    const status = await child.status;
    entry.child = undefined;
    over.abort();
    const since = await readyAt;
    // Grandchildren may hold the pipes open for longer than the process lived.
    const drain = setTimeout(() => drained.abort(), pipeDrainMs);
    await Promise.all(pumps);
    clearTimeout(drain);
    return {
      ending: status.signal ?? `exit code ${status.code}`,
      readyMs: since === undefined ? 0 : performance.now() - since,
    };
  }

  /** Probes until the process is ready; the time it became so, or undefined when it ended before. */
  async #watchReadiness(entry: Entry, over: AbortSignal): Promise<number | undefined> {
    const { spec, firstReady } = entry;
    const { say } = this.#options;
    const started = performance.now();
    const timeoutMs = spec.readyTimeoutMs ?? 60_000;
    let lastFailure: unknown;
    while (!over.aborted) {
      const isReady = await spec.isReady().catch((error: unknown) => {
        // Until it answers that is how it fails; the last reason is told when it never does.
        lastFailure = error;
        return false;
      });
      if (isReady && !over.aborted) {
        const took = dim(duration(performance.now() - started));
        say(`${green("✓")} ${spec.name} is ready ${entry.everReady ? "again " : ""}${took}`);
        entry.everReady = true;
        firstReady.resolve();
        return performance.now();
      }
      if (!entry.everReady && performance.now() - started > timeoutMs) {
        const why = lastFailure === undefined ? "" : ` (${sentenceOf(lastFailure)})`;
        firstReady.reject(failedStart(entry, `no answer within ${duration(timeoutMs)}${why}`));
        return undefined;
      }
      await sleep(probeEveryMs, over);
    }
    return undefined;
  }
}

function failedStart(entry: Entry, reason: string): DevError {
  const tail = entry.log.tail.map((line) => `\n    ${line}`).join("");
  return new DevError("not-ready", `${entry.spec.name} does not start: ${reason}${tail}`);
}
