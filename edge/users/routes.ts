/** HTTP of one's own account: /api/v1/users/me. */
import type { Guesses, SessionCookie } from "../auth/mod.ts";
import {
  type Call,
  type Caller,
  type EdgeContext,
  invalid,
  malformed,
  onlyFields,
  type RateLimiter,
  readJson,
  type Route,
} from "../http/mod.ts";
import type { UserService, Wishes } from "./user_service.ts";
import type { User } from "./users.ts";

export interface UserRoutesDeps {
  readonly service: UserService;
  readonly guesses: Guesses;
  readonly cookie: SessionCookie;
  /** Per user. */
  readonly quota: RateLimiter;
  /**
   * Takes a look-up of a name out of the caller's quota.
   *
   * @throws {ProblemError} `rate-limited` when none is left
   */
  readonly spendName: (caller: Caller, call: Call) => void;
}

/** The account as its owner sees it; `user_id` repeats `id`, as in the answers of Todo-1M. */
function profileOf({ id, username, createdAt }: User): object {
  return { id, user_id: id, username, created_at: createdAt.toISOString() };
}

export function userRoutes(deps: UserRoutesDeps): Route[] {
  const { service, guesses, cookie, quota } = deps;
  const read = async (_context: EdgeContext, caller: Caller) =>
    Response.json(profileOf(await service.find(caller)));

  const change = async (context: EdgeContext, caller: Caller) => {
    const { wishes, password } = parseChange(await readJson(context.req.raw));
    // The answer tells whether the name is taken.
    if (wishes.username !== undefined) deps.spendName(caller, context.env);
    const { sessionId } = caller;
    const user = await service.find(caller);
    const changed = await guesses.count(
      context,
      user.username,
      () => service.change(user, { wishes, password, sessionId }),
    );
    return Response.json(profileOf(changed));
  };

  const remove = async (context: EdgeContext, caller: Caller) => {
    const { password } = onlyFields(await readJson(context.req.raw), ["password"]);
    const given = textOf(password, "password");
    if (given === undefined) throw malformed("password is required", "/password");
    const user = await service.find(caller);
    await guesses.count(context, user.username, () => service.remove(user, given));
    const answer = new Response(null, { status: 204 });
    cookie.clear(context, answer);
    return answer;
  };

  const path = "/api/v1/users/me";
  return [
    { method: "GET", path, access: "user", quota, handle: read },
    { method: "PATCH", path, access: "user", quota, handle: change },
    { method: "DELETE", path, access: "user", quota, handle: remove },
  ];
}

function parseChange(body: unknown): { readonly wishes: Wishes; readonly password: string } {
  const fields = onlyFields(body, ["current_password", "new_password", "username"]);
  const password = textOf(fields.current_password, "current_password");
  if (password === undefined) throw malformed("current_password is required", "/current_password");
  const newPassword = textOf(fields.new_password, "new_password");
  const username = textOf(fields.username, "username")?.trim().toLowerCase();
  if (newPassword === undefined && username === undefined) {
    throw invalid("The body must have new_password or username", "");
  }
  return {
    password,
    wishes: {
      ...(newPassword === undefined ? {} : { newPassword }),
      ...(username === undefined ? {} : { username }),
    },
  };
}

/** @throws {ProblemError} `malformed` when `value` is there and no text */
function textOf(value: unknown, name: string): string | undefined {
  if (value === undefined || typeof value === "string") return value;
  throw malformed(`${name} must be a string`, `/${name}`);
}
