/** Hosts' reports of themselves, over core messages: late, lost, or cut off in one direction. */
import type { Presence } from "../../actors/host/testing/mod.ts";
import type { Environment } from "./environment.ts";
import type { Process } from "./process.ts";

/** Somebody who hears reports. */
export interface Hearer {
  readonly process: Process;
  hear(presence: Presence): void;
}

export class ReportBus {
  readonly #environment: Environment;
  readonly #hearers = new Set<Hearer>();
  /** Pairs of names, "from>to", between which nothing is heard. */
  readonly deaf = new Set<string>();

  constructor(environment: Environment) {
    this.#environment = environment;
  }

  join(hearer: Hearer): void {
    this.#hearers.add(hearer);
  }

  leave(hearer: Hearer): void {
    this.#hearers.delete(hearer);
  }

  /** Sends a report to everybody, the sender too. */
  report(from: Process, presence: Presence): void {
    for (const hearer of this.#hearers) {
      const { process } = hearer;
      if (from.isCut || process.isCut || this.deaf.has(`${from.name}>${process.name}`)) continue;
      const ms = this.#environment.travelMs();
      if (ms !== undefined) process.after(ms, () => hearer.hear(presence));
    }
  }
}
