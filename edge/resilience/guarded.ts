/** Routes and mailboxes that depend on a server which may be away. */
import type { Mailbox, Sent } from "../commands/mod.ts";
import { type Caller, type EdgeContext, problemOfStore, type Route } from "../http/mod.ts";
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
export function mailboxes(): Dependency {
  return new Dependency({
    name: "nats",
    detail: "The mailbox cannot be reached",
    isFailedResult: (result) => (result as Sent).kind === "unknown",
  });
}

/** How long a read may take; then whoever waits has more of an answer that says so. */
const READ_MS = 4_000;

/**
 * `routes` that need the read model: what reads ends in time. What changes something runs to its own end,
 * because giving it up would leave unknown what became of it. Commands that need nothing of the read model
 * go on without it, and so do the keys that others check tokens with.
 */
export function guardedRoutes(store: Dependency, routes: readonly Route[]): Route[] {
  return routes.map((route): Route => {
    if (isIndependent(route)) return route;
    const deadlineMs = route.method === "GET" ? READ_MS : undefined;
    return route.access === "public"
      ? {
        ...route,
        handle: (context: EdgeContext) => store.run(() => route.handle(context), deadlineMs),
      }
      : {
        ...route,
        handle: (context: EdgeContext, caller: Caller) =>
          store.run(() => route.handle(context, caller), deadlineMs),
      };
  });
}

function isIndependent({ method, path }: Route): boolean {
  return !path.startsWith("/api/") && !path.startsWith("/ui/") ||
    method === "POST" && path.startsWith("/api/v1/command");
}

/** `mailbox`, which is not asked for a while after it has not answered for some time. */
export function guardedMailbox(dependency: Dependency, mailbox: Mailbox): Mailbox {
  return { send: (command, options) => dependency.run(() => mailbox.send(command, options)) };
}
