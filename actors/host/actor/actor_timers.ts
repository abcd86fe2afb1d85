/**
 * What an actor needs for its timers, as a small interface: NATS implements it for real, a simulator
 * with a virtual clock. Timers follow from the log; setting them again changes nothing.
 */
import type { TimerChange } from "../../kind/mod.ts";

export interface ActorTimers {
  /**
   * Makes the timers about each thing named in `changes` what it says they are since the actor's `version`.
   * Safe to repeat, and harmless when it comes late: what was set at a later version is left alone.
   *
   * @param id the actor's id
   * @throws {Error} when something of it may not be stored; then all of it is to be done again
   */
  set(id: string, version: number, changes: readonly TimerChange[]): Promise<void>;
}
