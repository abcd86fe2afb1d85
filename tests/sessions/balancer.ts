/** Which streamer a stream is sent to: any of those that the balancer knows, or always the same for a group. */
import type { Random } from "../simulation/random.ts";
import type { Pod } from "./pod.ts";

export class Balancer {
  readonly #byGroup: boolean;
  readonly #random: Random;
  readonly #routed: Pod[] = [];

  /** `byGroup`: those who follow the same group are sent to the same streamer. */
  constructor(options: { readonly byGroup: boolean; readonly random: Random }) {
    this.#byGroup = options.byGroup;
    this.#random = options.random;
  }

  /** Says whether to send streams to `pod`. */
  route(pod: Pod, routed: boolean): void {
    const known = this.#routed.indexOf(pod);
    if (routed && known < 0) this.#routed.push(pod);
    if (!routed && known >= 0) this.#routed.splice(known, 1);
  }

  /** The streamer for a stream of `group`; `undefined` when there is none. */
  pick(group: number): Pod | undefined {
    if (this.#routed.length === 0) return undefined;
    if (!this.#byGroup) return this.#random.pick(this.#routed);
    // Rendezvous hashing: a streamer that comes or goes moves only its own groups.
    let best: Pod | undefined;
    let highest = -1;
    for (const pod of this.#routed) {
      const mixed = Math.imul((group + 1) ^ Math.imul(pod.slot + 1, 0x9e3779b1), 0x85ebca6b);
      const weight = Math.imul(mixed ^ (mixed >>> 15), 0xc2b2ae35) >>> 0;
      if (weight <= highest) continue;
      highest = weight;
      best = pod;
    }
    return best;
  }
}
