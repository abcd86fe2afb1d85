/** What a timer must be so that a server can keep it: a kind that asks for another one is at fault. */
import type { TimerChange } from "../../kind/mod.ts";

const NAME = /^[A-Za-z0-9_-]{1,64}$/;
/** Servers count nanoseconds in 64 bits. */
const LAST_MS = Date.UTC(2262, 0, 1);
const COMMAND_MAX_BYTES = 64 * 1024;

/**
 * Returns when every one of `changes` can be stored.
 *
 * @throws {TypeError} when a name, an instant or a command cannot
 */
export function requireStorable(changes: readonly TimerChange[]): void {
  for (const { about, armed } of changes) {
    requireName(about);
    for (const { name, at, command } of armed) {
      requireName(name);
      const ms = Date.parse(at);
      const isInstant = ms >= 0 && ms < LAST_MS && new Date(ms).toISOString() === at;
      if (!isInstant) throw new TypeError(`Cannot set a timer at "${at}"`);
      if (3 * JSON.stringify(command).length > COMMAND_MAX_BYTES) {
        throw new TypeError(`Cannot set timer "${name}": its command is too large`);
      }
    }
  }
}

function requireName(name: string): void {
  if (!NAME.test(name)) throw new TypeError(`Cannot set a timer named "${name}"`);
}
