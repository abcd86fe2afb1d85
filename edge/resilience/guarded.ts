/** The servers that the edge depends on, and mailboxes that may be away. */
import type { Mailbox, Sent } from "../commands/mod.ts";
import { ProblemError } from "../../actors/protocol/mod.ts";
import { problemOfStore } from "../http/mod.ts";
import { Dependency } from "./dependency.ts";

/** The read model as a dependency. */
export function readModel(): Dependency {
  return new Dependency({
    name: "postgres",
    detail: "The read model is not available at this moment",
    isFailure: (error) => error instanceof Error && problemOfStore(error)?.code === "unavailable",
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
    isFailedResult: (result) => (result as Sent).kind === "unknown",
  });
}

/** `mailbox`, which is not asked for a while after it has not answered for some time: it refuses then. */
export function guardedMailbox(dependency: Dependency, mailbox: Mailbox): Mailbox {
  return {
    async send(command, options) {
      try {
        return await dependency.run(() => mailbox.send(command, options));
      } catch (error) {
        if (!(error instanceof ProblemError)) throw error;
        return { kind: "refused", problem: error.problem };
      }
    },
  };
}
