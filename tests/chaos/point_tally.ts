/**
 * Holds a run to its word that hosts were struck at every labelled point. A point is recognised by the
 * subject of a message; when that is renamed, every blow that was meant for it would fall at random, and
 * nothing would be tested there any more. The count is pure.
 */
import { sleep } from "../support/eventually.ts";
import { FAULT_POINTS, type FaultPoint } from "./fault_points.ts";
import type { HostSlot } from "./hosts.ts";
import type { Check } from "./scenario.ts";

/** The least blows of which something can be said about each point. */
const MANY_BLOWS = 200;
/** Of the blows that fall on one point when all are chosen alike, the part that must have hit it. */
const LEAST_PART = 1 / 4;

export class PointTally {
  /** Blows by the point they were aimed at; those without one have none. */
  readonly #aimed = new Map<string, number>();
  readonly #struck = new Map<string, number>();
  #blows = 0;

  /** Takes in a blow: what it was aimed at, and whether it fell there. */
  add(point: FaultPoint | undefined, atPoint: boolean): void {
    this.#blows++;
    if (point) count(this.#aimed, point.name);
    count(this.#struck, point && atPoint ? point.name : "at random");
  }

  /** Rows of the report: where hosts were struck, and how often that was the aim. */
  get figures(): Record<string, string> {
    return Object.fromEntries(
      [...this.#struck].sort().map(([where, times]) => {
        const aimed = this.#aimed.get(where);
        return [`struck: ${where}`, aimed === undefined ? `${times}` : `${times} of ${aimed} aims`];
      }),
    );
  }

  /** Every point was hit as often as so many blows make sure; of few blows nothing is demanded. */
  check(points: readonly FaultPoint[] = FAULT_POINTS): Check {
    const isMany = this.#blows >= MANY_BLOWS;
    const least = isMany ? Math.floor(LEAST_PART * this.#blows / points.length) : 0;
    const counts = points.map(({ name }) => ({ name, times: this.#struck.get(name) ?? 0 }));
    const seldom = counts.filter(({ times }) => times < least);
    return {
      what: "every labelled point was hit at least",
      kind: "truth",
      limit: isMany ? `${least} times` : `demanded from ${MANY_BLOWS} blows on`,
      measured: seldom.length === 0
        ? `${Math.min(...counts.map(({ times }) => times))} times`
        : seldom.map(({ name, times }) => `${name}: ${times}`).join(", "),
      ok: seldom.length === 0,
    };
  }
}

function count(counts: Map<string, number>, what: string): void {
  counts.set(what, (counts.get(what) ?? 0) + 1);
}

/**
 * Looks whether ordinary work reaches the common points, without striking, on whichever host.
 *
 * @returns names of those that none of `hosts` reached within `timeoutMs`
 */
export async function unreachedPoints(
  hosts: readonly HostSlot[],
  timeoutMs: number,
): Promise<string[]> {
  const missing = new Set(FAULT_POINTS.filter(({ isCommon }) => isCommon).map(({ name }) => name));
  for (const { proxy } of hosts) {
    const detectors = FAULT_POINTS.map(({ name, detect }) => ({ name, detector: detect() }));
    proxy?.watch((direction, frame) => {
      for (const { name, detector } of detectors) {
        if (missing.has(name) && detector(direction, frame)) missing.delete(name);
      }
      return "pass";
    });
  }
  const endMs = performance.now() + timeoutMs;
  while (missing.size > 0 && performance.now() < endMs) await sleep(20);
  for (const { proxy } of hosts) proxy?.watch(undefined);
  return [...missing];
}
