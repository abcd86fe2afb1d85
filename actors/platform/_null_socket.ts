/**
 * Keeps the process alive through a defect of the Postgres client (porsager/postgres#1208): a write that was
 * put off for a moment finds its socket closed and throws where nobody can catch it. The query it belongs to
 * has been rejected by then, or its transaction has, so nothing is lost by passing over it.
 */
import { logger } from "./log.ts";

let isInstalled = false;

/** Passes over that exception, and no other, from now on. */
export function surviveNullSocket(): void {
  if (isInstalled) return;
  isInstalled = true;
  addEventListener("error", (event) => {
    if (!isNullSocket(event.error)) return;
    event.preventDefault();
    logger("postgres").warning("A connection was lost before it was written to: {reason}", {
      reason: event.message,
    });
  });
}

function isNullSocket(error: unknown): boolean {
  return error instanceof TypeError && error.message.includes("reading 'write'") &&
    /nextWrite .*postgres.*connection\.js/.test(error.stack ?? "");
}
