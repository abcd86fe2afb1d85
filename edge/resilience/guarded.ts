/** The servers that the edge depends on, and mailboxes that may be away. */
import type { Mailbox, Sent } from "../commands/mod.ts";
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

/** The mailboxes as a dependency: whoever does not even hear that a command is stored, hears nothing. */
export function mailboxes(isConnected?: () => boolean): Dependency {
  return new Dependency({
    name: "nats",
    ...(isConnected ? { isConnected } : {}),
    detail: "The mailbox cannot be reached",
    isFailedResult: (result) => (result as Sent).kind === "unknown",
  });
}

/** `mailbox`, which is not asked for a while after it has not answered for some time. */
export function guardedMailbox(dependency: Dependency, mailbox: Mailbox): Mailbox {
  return { send: (command, options) => dependency.run(() => mailbox.send(command, options)) };
}
