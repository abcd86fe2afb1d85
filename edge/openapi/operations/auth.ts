/** The API's document on accounts, sessions and the keys that verify tokens. */
import { REFUSALS } from "../../../actors/protocol/mod.ts";
import { IDS, REFRESH_TOKEN } from "../examples/mod.ts";
import type { Operations } from "../operation.ts";

const session = "The access token, and the refresh token for the next one";
const WRONG_PASSWORD = "The current password is not correct";
const REFUSED = {
  "malformed": "refresh_token is required",
  "unauthenticated": REFUSALS.refreshTokenInvalid,
  "forbidden": "The session cookie is accepted from the application's own pages only",
};

export const AUTH: Operations = {
  "POST /api/v1/auth/register": {
    operationId: "register",
    tag: "Accounts",
    summary: "Create an account and sign in",
    description:
      "A name is taken without regard to case, and once. Browsers on the edge's own pages get the refresh token as a cookie too. The new account is in no group.",
    security: "none",
    again:
      "Sent again it is refused with conflict once it has taken effect: where no answer came, or one that says it is not known, sign in; if that works the account was made.",
    body: {
      schema: "NewAccount",
      example: { username: "ana", password: "correct horse battery" },
    },
    successes: { 201: { description: session, schema: "Session", headers: ["Set-Cookie"] } },
    problems: ["conflict"],
    details: { "conflict": REFUSALS.nameTaken },
  },
  "POST /api/v1/auth/login": {
    operationId: "login",
    tag: "Accounts",
    summary: "Sign in",
    description: "A name that nobody has is answered like a wrong password, in the same time.",
    security: "none",
    again: "Sent again it begins another session, which can be ended like any other.",
    body: {
      schema: "Credentials",
      example: { username: "ana", password: "correct horse battery" },
    },
    successes: { 200: { description: session, schema: "Session", headers: ["Set-Cookie"] } },
    problems: ["unauthenticated"],
    details: { "unauthenticated": REFUSALS.credentialsInvalid },
  },
  "POST /api/v1/auth/refresh": {
    operationId: "refresh",
    tag: "Accounts",
    summary: "Exchange a refresh token for new tokens",
    description:
      "A token is good for one exchange. Using it again ends the whole session, but for its " +
      "direct predecessor within ten seconds. Where the token comes in the cookie the new one goes there " +
      "only; leave the body out then. Without a token in body or cookie the request is malformed.",
    security: "refresh",
    again:
      "Sent again within ten seconds it is answered again where the token comes in the cookie, else refused; later it ends the session. Who has lost the answer signs in.",
    details: REFUSED,
    body: { schema: "RefreshToken", optional: true, example: { refresh_token: REFRESH_TOKEN } },
    successes: {
      200: {
        description: session,
        schema: ["Session", "CookieSession"],
        headers: ["Set-Cookie"],
      },
    },
  },
  "POST /api/v1/auth/logout": {
    operationId: "logout",
    tag: "Accounts",
    summary: "End the session of a refresh token and its streams",
    description:
      "Leave the body out where the cookie has the token. Without a token in body or cookie " +
      "the request is malformed.",
    security: "refresh",
    again: "Sent again it changes nothing and is answered the same.",
    details: REFUSED,
    body: { schema: "RefreshToken", optional: true, example: { refresh_token: REFRESH_TOKEN } },
    successes: { 204: { description: "The session is over", headers: ["Set-Cookie"] } },
  },
  "GET /api/v1/auth/sessions": {
    operationId: "listSessions",
    tag: "Accounts",
    summary: "Where the caller is signed in, the last used first",
    description:
      "A session begins at sign-in and goes on with every refresh; one entry is one client. The client's own is marked as current.",
    security: "user",
    successes: { 200: { description: "The live sessions", schema: "SessionList" } },
  },
  "DELETE /api/v1/auth/sessions": {
    operationId: "endOtherSessions",
    tag: "Accounts",
    summary: "End all sessions of the caller but the one that asks",
    description:
      "For who has left a client signed in somewhere, or lost one. Their refresh tokens are void at once, their access tokens and streams end within moments. Whoever knows the password can sign in again: where it may be known, change it, which ends them as well.",
    security: "user",
    successes: { 204: { description: "No other session is left" } },
  },
  "DELETE /api/v1/auth/sessions/:session_id": {
    operationId: "endSession",
    tag: "Accounts",
    summary: "End a session of the caller: its tokens and its streams",
    description:
      "Its refresh token is void at once, its access tokens and its streams end within moments. Ending one's own session is signing out.",
    security: "user",
    successes: {
      204: {
        description: "The session is over; of one's own the cookie is removed",
        headers: ["Set-Cookie"],
      },
    },
    problems: ["not-found"],
    details: { "not-found": `Session "${IDS.session}" does not exist` },
  },
  "GET /api/v1/users/me": {
    operationId: "readProfile",
    tag: "Accounts",
    summary: "The caller's account",
    description: "Id, name and age of the account that the access token belongs to.",
    security: "user",
    successes: { 200: { description: "The account", schema: "Profile" } },
    problems: ["not-found"],
  },
  "PATCH /api/v1/users/me": {
    operationId: "changeProfile",
    tag: "Accounts",
    summary: "Change one's name or password",
    description:
      "Takes the current password besides, since a token may be stolen. A new password ends all other sessions of the account.",
    security: "user",
    again:
      "Sent again with a new name it changes nothing more; with a new password it is forbidden once it has taken effect, because the current one is another: where no answer came, sign in with the new one.",
    body: {
      schema: "ProfileChange",
      example: { current_password: "correct horse battery", username: "anna" },
    },
    successes: { 200: { description: "The account", schema: "Profile" } },
    problems: ["forbidden", "not-found", "conflict"],
    details: { "forbidden": WRONG_PASSWORD, "conflict": REFUSALS.nameTaken },
  },
  "DELETE /api/v1/users/me": {
    operationId: "deleteAccount",
    tag: "Accounts",
    summary: "Delete one's account, and leave all groups",
    description:
      "Takes the password. All sessions end at once; the account leaves its groups soon after, and a group that it owns goes to another member, or is deleted where there is none. For 30 days nobody can take its name, so that nobody can be taken for who has left.",
    security: "user",
    body: { schema: "AccountDeletion", example: { password: "correct horse battery" } },
    successes: {
      204: { description: "The account is gone, and so is the cookie", headers: ["Set-Cookie"] },
    },
    problems: ["forbidden", "not-found", "conflict"],
    details: {
      "forbidden": WRONG_PASSWORD,
      "conflict": "The account was changed at the same moment by somebody else",
    },
  },
  "GET /.well-known/jwks.json": {
    operationId: "readKeys",
    tag: "Accounts",
    summary: "The public keys that verify access tokens (RFC 7517)",
    description:
      "For services that check access tokens themselves: EdDSA with the key whose kid the token names. While keys change there are several; the answer may be kept for five minutes.",
    security: "none",
    successes: {
      200: {
        description: "The key set",
        schema: "JsonWebKeySet",
        content: "application/jwk-set+json",
      },
    },
  },
};
