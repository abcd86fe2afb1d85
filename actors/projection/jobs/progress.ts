/** Counts how far a job is, and at what rate. Pure apart from the clock that it is given. */
import type { JobProgress } from "./job.ts";

/** The rate is that of about so long. */
const WINDOW_MS = 5_000;

export class ProgressMeter {
  readonly #report: (progress: JobProgress) => void;
  readonly #now: () => number;
  /** Earlier counts, oldest first: one that is older than the window, and all since. */
  readonly #seen: { readonly atMs: number; readonly messages: number; readonly events: number }[];
  #phase: string;
  #messages = 0;
  #events = 0;
  #total = 0;

  /** @param now milliseconds on a clock that never goes back */
  constructor(
    phase: string,
    report: (progress: JobProgress) => void,
    now: () => number = () => performance.now(),
  ) {
    this.#phase = phase;
    this.#report = report;
    this.#now = now;
    this.#seen = [{ atMs: now(), messages: 0, events: 0 }];
  }

  get events(): number {
    return this.#events;
  }

  get messages(): number {
    return this.#messages;
  }

  /** How many messages there are in all, as far as is known. */
  expect(messages: number): void {
    this.#total = messages;
    this.#tell();
  }

  /** Goes on to another phase. */
  enter(phase: string): void {
    this.#phase = phase;
    this.#tell();
  }

  /** Counts what was done. */
  add(messages: number, events: number): void {
    this.#messages += messages;
    this.#events += events;
    this.#tell();
  }

  #tell(): void {
    const atMs = this.#now();
    this.#seen.push({ atMs, messages: this.#messages, events: this.#events });
    while (this.#seen.length > 2 && (this.#seen[1]?.atMs ?? atMs) <= atMs - WINDOW_MS) {
      this.#seen.shift();
    }
    const [oldest] = this.#seen;
    const seconds = (atMs - (oldest?.atMs ?? atMs)) / 1_000;
    const rate = (now: number, then = 0) => seconds > 0 ? (now - then) / seconds : 0;
    const messagesPerSecond = rate(this.#messages, oldest?.messages);
    const left = Math.max(0, this.#total - this.#messages);
    this.#report({
      phase: this.#phase,
      messages_done: this.#messages,
      messages_total: Math.max(this.#total, this.#messages),
      events_done: this.#events,
      events_per_second: Math.round(rate(this.#events, oldest?.events)),
      ...(messagesPerSecond > 0 ? { seconds_left: Math.ceil(left / messagesPerSecond) } : {}),
    });
  }
}
