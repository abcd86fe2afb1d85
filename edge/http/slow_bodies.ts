/**
 * Bounds the time in which a body has to arrive. One look now and then over all bodies that are being read:
 * a timer for each would cost every command more than reading its body does.
 */
import { ProblemError } from "../../actors/protocol/mod.ts";

/** Time for a whole body, found to be over at the next look. */
const BODY_MS = 9_000;
const LOOK_EVERY_MS = 1_000;

interface Reading {
  readonly giveUpAt: number;
  readonly giveUp: (reason: ProblemError) => void;
}

const readings = new Set<Reading>();

/**
 * What `read` comes to, if the body has arrived by the time {@link refuseSlowBodies} finds it late. A body that
 * comes later is read and dropped: nobody waits for it.
 *
 * @throws {ProblemError} `request-timeout` (408) when it is late or breaks off; or what `read` throws
 */
export function inTime<T>(read: Promise<T>, nowMs = performance.now()): Promise<T> {
  const { promise, resolve, reject } = Promise.withResolvers<T>();
  const reading = { giveUpAt: nowMs + BODY_MS, giveUp: reject };
  readings.add(reading);
  read.then(
    (value) => {
      readings.delete(reading);
      resolve(value);
    },
    (error) => {
      readings.delete(reading);
      // All that fails beside a refusal is the connection: the doing of who sent it, or of the way.
      reject(error instanceof ProblemError ? error : late("The body broke off before its end"));
    },
  );
  return promise;
}

/** Refuses every body that should have arrived by `nowMs`. */
export function refuseSlowBodies(nowMs = performance.now()): void {
  for (const reading of readings) {
    // In the order in which they began.
    if (reading.giveUpAt > nowMs) return;
    readings.delete(reading);
    reading.giveUp(late(`The body did not arrive within ${BODY_MS / 1_000} seconds`));
  }
}

function late(detail: string): ProblemError {
  return new ProblemError({ code: "request-timeout", detail });
}

/** Looks for slow bodies until it is stopped. */
export function watchBodies(): { stop: () => void } {
  const timer = setInterval(() => refuseSlowBodies(), LOOK_EVERY_MS);
  return { stop: () => clearInterval(timer) };
}
