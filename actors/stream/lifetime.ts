/** How long a stream lasts, and how long its reader is told to wait after it. Pure. */
import type { CloseReason } from "./close_reason.ts";

/** When a stream ends by itself, from its start on, and why. */
export interface Lifetime {
  readonly lastsMs: number;
  readonly endReason: Extract<CloseReason, "rotated" | "token-expired">;
}

/**
 * The lifetime of a stream that is opened now: `rotateMs` at least and half as long again at most, so that
 * streams opened together do not end together, and never longer than its token.
 *
 * @param random a number in [0, 1)
 */
export function lifetimeOf(
  { rotateMs, tokenLeftMs }: { readonly rotateMs: number; readonly tokenLeftMs: number },
  random: number,
): Lifetime {
  const rotateInMs = rotateMs * (1 + random / 2);
  const leftMs = Math.max(0, tokenLeftMs);
  return leftMs <= rotateInMs
    ? { lastsMs: leftMs, endReason: "token-expired" }
    : { lastsMs: rotateInMs, endReason: "rotated" };
}

/** What a reader is told to wait before it comes back: `retryMs` at least, three times that at most. */
export function retryHintMs(retryMs: number, random: number): number {
  return Math.round(retryMs * (1 + 2 * random));
}

/** Over how long streams are ended when everything has to be over after `drainMs`: the last ones linger. */
export function drainOverMs(drainMs: number): number {
  return drainMs * 0.8;
}
