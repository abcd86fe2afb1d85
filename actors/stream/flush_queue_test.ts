/** When readers are written to: at once after a quiet moment, once a moment in a burst. */
import assert from "node:assert/strict";
import fc from "fast-check";
import { type Flushable, FlushQueue } from "./flush_queue.ts";

const MOMENT_MS = 5;

/** A queue on a clock that only {@link advance} moves, and one reader of it. */
class Bench implements Flushable {
  flushedAtMs = 0;
  nowMs = 1_000;
  /** When events came that have not been written yet. */
  waiting: number[] = [];
  readonly writes: { readonly atMs: number; readonly events: number; readonly oldestMs: number }[] =
    [];
  #timers: { readonly atMs: number; readonly action: () => void }[] = [];
  readonly #queue = new FlushQueue({
    momentMs: MOMENT_MS,
    now: () => this.nowMs,
    after: (ms, action) => {
      const timer = { atMs: this.nowMs + ms, action };
      this.#timers.push(timer);
      return () => this.#timers = this.#timers.filter((each) => each !== timer);
    },
  });

  /** An event for the reader; its turn ends before this does. */
  async event(): Promise<void> {
    this.waiting.push(this.nowMs);
    if (this.waiting.length === 1) this.#queue.add(this);
    await Promise.resolve();
  }

  async advance(ms: number): Promise<void> {
    this.nowMs += ms;
    const due = this.#timers.filter(({ atMs }) => atMs <= this.nowMs);
    this.#timers = this.#timers.filter(({ atMs }) => atMs > this.nowMs);
    for (const { action } of due) action();
    await Promise.resolve();
  }

  flush(): void {
    if (this.waiting.length === 0) return;
    const [first = NaN] = this.waiting;
    const oldestMs = this.nowMs - first;
    this.writes.push({ atMs: this.nowMs, events: this.waiting.length, oldestMs });
    this.waiting = [];
  }
}

Deno.test("an event after a quiet moment is written at once", async () => {
  const bench = new Bench();
  for (let i = 0; i < 3; i++) {
    await bench.event();
    await bench.advance(MOMENT_MS);
  }
  assert.deepEqual(bench.writes.map(({ events, oldestMs }) => [events, oldestMs]), [
    [1, 0],
    [1, 0],
    [1, 0],
  ]);
});

Deno.test("a burst costs a write per moment, and no event waits longer than one", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(fc.nat(3), { minLength: 1, maxLength: 200 }), async (gaps) => {
      const bench = new Bench();
      for (const gap of gaps) {
        await bench.event();
        for (let ms = 0; ms < gap; ms++) await bench.advance(1);
      }
      const lastedMs = gaps.reduce((sum, gap) => sum + gap, 0);
      for (let ms = 0; ms <= MOMENT_MS; ms++) await bench.advance(1);
      assert.equal(bench.writes.reduce((sum, { events }) => sum + events, 0), gaps.length);
      assert.ok(bench.writes.every(({ oldestMs }) => oldestMs <= MOMENT_MS));
      assert.ok(bench.writes.length <= 2 + lastedMs / MOMENT_MS * 2);
    }),
  );
});
