/**
 * Where events of accounts and sessions go, and where others ask whether a token is valid. Events name
 * users and sessions by their ids only.
 */

/** What happens to an account. */
export const USER_VERBS = ["created", "updated", "deleted"] as const;
/** What happens to a session. */
export const SESSION_VERBS = ["created", "invalidated"] as const;

/** Subjects of all of them, as the stream that stores them names them. */
export const ACCOUNT_SUBJECTS: readonly string[] = [
  ...USER_VERBS.map((verb) => `auth.user.*.${verb}`),
  ...SESSION_VERBS.map((verb) => `auth.session.*.${verb}`),
];

/** Subject of the requests whether an access token is valid; outside every stream. */
export const VALIDATE_TOKEN = "svc.auth.validate";

/** An event of an account, or of one of its sessions. */
export type AccountEventName =
  | { readonly user: string; readonly verb: typeof USER_VERBS[number] }
  | { readonly session: string; readonly verb: typeof SESSION_VERBS[number] };

const SAFE_ID = /^[A-Za-z0-9_-]{1,64}$/;

/** Where an event of an account or a session goes. */
export function accountSubject(name: AccountEventName): string {
  const [kind, id] = "user" in name ? ["user", name.user] : ["session", name.session];
  if (!SAFE_ID.test(id)) throw new RangeError(`Cannot build a subject: "${id}" is not a safe id`);
  return `auth.${kind}.${id}.${name.verb}`;
}
