/**
 * Sends commands in the order they were made, one at a time per group, until the server has decided
 * each. A command whose answer got lost is sent again under the same id, which the server decides once.
 */
import {
  ApiError,
  callAs,
  type CommandAnswer,
  NetworkError,
  type TokenSource,
} from "../session/mod.ts";
import { backoffMs } from "../timing/mod.ts";
import { pause } from "../stream/mod.ts";
import type { Pending } from "./pending.ts";

export interface OutboxHandlers {
  readonly onCommitted: (command: Pending, answer: CommandAnswer) => void;
  readonly onRejected: (command: Pending, error: ApiError) => void;
  /** `command` could not be decided yet; it is sent again. */
  readonly onWaiting: (command: Pending) => void;
}

export interface Outbox {
  /** Puts `command` at the end of its group's line. */
  send(command: Pending): void;
}

export function createOutbox(
  { tokens, signal, handlers }: {
    tokens: TokenSource;
    signal: AbortSignal;
    handlers: OutboxHandlers;
  },
): Outbox {
  const lines = new Map<string, Pending[]>();
  /** Groups whose first command could not be decided yet: all behind it wait, too. */
  const stalled = new Set<string>();

  function send(command: Pending): void {
    const line = lines.get(command.group_id);
    if (line) {
      line.push(command);
      if (stalled.has(command.group_id)) handlers.onWaiting(command);
      return;
    }
    const fresh = [command];
    lines.set(command.group_id, fresh);
    drain(command.group_id, fresh).catch(reportError);
  }

  async function drain(groupId: string, line: Pending[]): Promise<void> {
    for (let next = line[0]; next && !signal.aborted; next = line[0]) {
      await deliver(next, line);
      line.shift();
      stalled.delete(groupId);
    }
    lines.delete(groupId);
  }

  /** Sends `command` until it is decided or the page signs out. */
  async function deliver(command: Pending, line: readonly Pending[]): Promise<void> {
    for (let attempt = 1; !signal.aborted; attempt++) {
      let floorMs = 0;
      try {
        const answer = await callAs(tokens, "/api/v1/command", {
          method: "POST",
          body: {
            command_id: command.command_id,
            type: command.type,
            group_id: command.group_id,
            payload: command.payload,
          },
        }) as CommandAnswer;
        if (answer.status === "committed") return handlers.onCommitted(command, answer);
      } catch (error) {
        if (error instanceof ApiError) {
          // Without a session the command waits for the next one: it must not be lost.
          if (!error.retryable && error.status !== 401) return handlers.onRejected(command, error);
          floorMs = error.retryAfterMs;
        } else if (!(error instanceof NetworkError)) throw error;
      }
      stalled.add(command.group_id);
      line.forEach(handlers.onWaiting);
      await pause(navigator.onLine ? backoffMs(attempt, Math.random(), floorMs) : Infinity, signal);
    }
  }

  return { send };
}
