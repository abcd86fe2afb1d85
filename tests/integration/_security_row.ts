/** What a row of the tables of who may do what consists of. */
import type { Person } from "./_edge_client.ts";
import type { Cast, Role, Scene, Things } from "./_security_cast.ts";

/** The variable parts of a request; method and path come from the document. */
export interface Request {
  readonly path?: Readonly<Record<string, string | number>>;
  readonly query?: Readonly<Record<string, string | number>>;
  readonly body?: unknown;
}

export interface Row {
  readonly ask: (things: Things, cast: Cast, self: Person) => Request;
  readonly statuses: Readonly<Record<Role, number>>;
  /** Whether those who are answered, and are in the group, see its secret. */
  readonly tells?: true;
  /** For what one role uses up that the next one asks about. */
  readonly before?: ((scene: Scene) => Promise<Partial<Things> | void>) | undefined;
  /** Fails when something has changed that must not, whoever asked. */
  readonly after?: (scene: Scene) => Promise<void>;
  /** What is asked is the end of the accounts as the others know them. */
  readonly changesAccounts?: true;
}

/** What each is answered; whoever has no token is not known. */
export const statuses = (owner: number, admin: number, member: number, outside: number) => ({
  owner,
  admin,
  member,
  former: outside,
  other: outside,
  anonymous: 401,
});

/** Everybody has their own, and nobody is told of others'. */
export const own = (status: number) => statuses(status, status, status, status);

/** It is the same for everybody, with or without an access token. */
export const all = (status: number) => ({ ...own(status), anonymous: status });
