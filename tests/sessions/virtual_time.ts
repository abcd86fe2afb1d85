/** What is to happen later in virtual time that is about no single session. */
import { setImmediate } from "node:timers";

export class VirtualTime {
  nowMs = 0;
  readonly #due = new Map<number, (() => void)[]>();
  /** Pauses that real code waits in: whoever is woken has to run before time goes on. */
  #woken = false;

  /** Has `action` happen at `atMs`, or in the next millisecond when that has passed. */
  at(atMs: number, action: () => void): void {
    const slot = Math.max(Math.ceil(atMs), this.nowMs + 1);
    const actions = this.#due.get(slot);
    if (actions) actions.push(action);
    else this.#due.set(slot, [action]);
  }

  /** Resolves in `ms` milliseconds. */
  pause(ms: number): Promise<void> {
    return new Promise((resolve) =>
      this.at(this.nowMs + ms, () => {
        this.#woken = true;
        resolve();
      })
    );
  }

  /** Does what is due now; afterwards everything that was woken has run to where it waits again. */
  async act(): Promise<void> {
    const actions = this.#due.get(this.nowMs);
    if (!actions) return;
    this.#due.delete(this.nowMs);
    for (const action of actions) action();
    if (!this.#woken) return;
    this.#woken = false;
    await new Promise<void>((resolve) => setImmediate(resolve));
  }
}
