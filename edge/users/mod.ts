/** People and their own accounts: profile, changes, deletion with all that follows from it. */
import type { Sql } from "../../actors/platform/mod.ts";
import type { Auth } from "../auth/mod.ts";
import type { Mailbox } from "../commands/mod.ts";
import type { Route } from "../http/mod.ts";
import { Deletions } from "./deletions.ts";
import { Departures } from "./departures.ts";
import { userRoutes, type UserRoutesDeps } from "./routes.ts";
import { UserService } from "./user_service.ts";
import { Users } from "./users.ts";

/** How much longer than an access token lives the read model may take to show what it was used for. */
const READ_MODEL_SECONDS = 3600;

export interface UsersModuleDeps {
  readonly sql: Sql;
  readonly auth: Auth;
  readonly mailbox: Mailbox;
  readonly accessTokenSeconds: number;
  /** See {@link UserRoutesDeps}. */
  readonly spendName: UserRoutesDeps["spendName"];
}

/** What the rest of the edge gets. */
export interface UsersModule {
  readonly routes: readonly Route[];
  /** Puts down what is being done in the background; another edge takes it up. */
  readonly stop: () => Promise<void>;
}

/** Puts the parts together, and starts to look after accounts that are deleted. */
export function createUsers(deps: UsersModuleDeps): UsersModule {
  const { sql, auth, mailbox } = deps;
  const departures = new Departures({ deletions: new Deletions(sql), mailbox });
  const service = new UserService({
    users: new Users(sql),
    passwords: auth.passwords,
    announceEnd: auth.announceEnd,
    settleSeconds: deps.accessTokenSeconds + READ_MODEL_SECONDS,
    onDeleted: () => departures.wake(),
  });
  departures.wake();
  return {
    routes: userRoutes({
      service,
      guesses: auth.guesses,
      cookie: auth.cookie,
      quota: auth.quota,
      spendName: deps.spendName,
    }),
    stop: () => departures.stop(),
  };
}
