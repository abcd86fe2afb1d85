/** The saved cursors: a key-value bucket whose readers may get a value that is no longer the newest. */
import type { Environment } from "./environment.ts";

export class CursorBucket {
  /** Every value saved for a block, oldest first. */
  readonly #history = new Map<number, number[]>();
  readonly #environment: Environment;

  constructor(environment: Environment) {
    this.#environment = environment;
  }

  save(block: number, cursor: number): void {
    const history = this.#history.get(block) ?? [];
    this.#history.set(block, history);
    history.push(cursor);
  }

  /** The cursor as some replica has it; 0 when none was saved. */
  read(block: number): number {
    const { faults, random } = this.#environment;
    const history = this.#history.get(block) ?? [];
    const age = faults.isHealed || random.chance(0.7) ? 0 : random.int(4);
    return history[history.length - 1 - age] ?? 0;
  }

  /** The highest cursor ever saved; a late request may have put an older one in its place since. */
  highest(block: number): number {
    return Math.max(0, ...this.#history.get(block) ?? []);
  }
}
