/** The servers that the edge depends on, and mailboxes that may be away. */
import { type KeptKeys, KEYS_AWAY, type Mailbox, type Sent } from "../commands/mod.ts";
import { ProblemError } from "../../actors/protocol/mod.ts";
import { problemOfNats, storeFaultOf } from "../http/mod.ts";
import { Dependency, Unreachable } from "./dependency.ts";

/** How long the look-up of a key may take, both of its steps together, in milliseconds. */
const KEY_MS = 1_500;

/** What is in Postgres, as clients are told of it while it is away, and what they can do. */
export const AWAY = {
  accounts:
    "Accounts and sessions are not available at this moment; wait as Retry-After says and send the same request again",
  commands:
    "What this command has to be checked against is not available at this moment, so it was not sent; wait as Retry-After says and send it again",
  reads:
    "The database that lists and people are looked up in is not available at this moment; wait as Retry-After says and send the same request again",
} as const;

/** Postgres as a dependency. */
export function postgres(): Dependency {
  return new Dependency({
    name: "postgres",
    detail: AWAY.reads,
    isFailure: (error) => storeFaultOf(error) === "away",
  });
}

/** The streamer as a dependency: whoever asks it says by `Unreachable` that it cannot be reached. */
export function streamer(): Dependency {
  return new Dependency({
    name: "streamer",
    detail: "Streams are not available at this moment",
  });
}

/** The mailboxes as a dependency: whoever does not even hear that a command is stored, hears nothing. */
export function mailboxes(isConnected?: () => boolean): Dependency {
  return new Dependency({
    name: "nats",
    ...(isConnected ? { isConnected } : {}),
    detail: "The mailbox cannot be reached",
    isFailedResult: (result) => (result as Sent | undefined)?.kind === "unknown",
  });
}

/**
 * `mailbox`, which is not asked for a while after it has not answered for some time: it refuses then. That it is
 * full here says nothing about what it depends on.
 */
export function guardedMailbox(
  dependency: Dependency,
  mailbox: Mailbox & { readonly isFull: boolean },
): Mailbox {
  return {
    async send(command, options) {
      if (mailbox.isFull) return await mailbox.send(command, options);
      try {
        return await dependency.run(() => mailbox.send(command, options));
      } catch (error) {
        if (!(error instanceof ProblemError)) throw error;
        return { kind: "refused", problem: error.problem };
      }
    },
  };
}

/**
 * `keys`, which are not looked up while commands cannot be sent anyway; a look-up that NATS does not answer says
 * that it is away as much as a command does.
 */
export function guardedKeys(dependency: Dependency, keys: KeptKeys): KeptKeys {
  return {
    find: (key, use) => {
      const look = async () => {
        try {
          return await keys.find(key, use);
        } catch (error) {
          const isAnswered = error instanceof ProblemError || !(error instanceof Error);
          if (isAnswered || !problemOfNats(error)) throw error;
          throw new Unreachable("Idempotency keys cannot be looked up", { cause: error });
        }
      };
      return dependency.run(look, { deadlineMs: KEY_MS, detail: KEYS_AWAY });
    },
  };
}
