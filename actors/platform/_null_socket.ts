/**
 * Keeps the process alive through two defects below the Postgres client (porsager/postgres), which puts writes off
 * for a moment. Nothing is lost by passing over either.
 */
import { Socket } from "node:net";
import { logger } from "./log.ts";

let isInstalled = false;

/** Passes over these two, and nothing else, from now on. */
export function surviveNullSocket(): void {
  if (isInstalled) return;
  isInstalled = true;
  passOverEmptyWrites();
  addEventListener("error", (event) => {
    if (!isNullSocket(event.error)) return;
    event.preventDefault();
    logger("postgres").warning("A connection was lost before it was written to: {reason}", {
      reason: event.message,
    });
  });
}

/**
 * Deno 2.5 sometimes runs an immediate that was cleared: the client then writes what it has just written, which is
 * `null` by then, and the exception would end the process. It has to return, or the client writes no more.
 */
function passOverEmptyWrites(): void {
  const write = Socket.prototype.write;
  Socket.prototype.write = function (this: Socket, ...args: unknown[]): boolean {
    return args[0] === null ? true : Reflect.apply(write, this, args);
  };
}

/**
 * A write that was put off finds its socket closed and throws where nobody can catch it (issue 1208 of the client).
 * The query it belongs to has been rejected by then, or its transaction has.
 */
function isNullSocket(error: unknown): boolean {
  return error instanceof TypeError && error.message.includes("reading 'write'") &&
    /nextWrite .*postgres.*connection\.js/.test(error.stack ?? "");
}
