/** The API's document on accounts, sessions and the keys that verify tokens. */
import type { Operations } from "../operation.ts";

const session = "The access token, and the refresh token for the next one";

export const AUTH: Operations = {
  "POST /api/v1/auth/register": {
    operationId: "register",
    tag: "Accounts",
    summary: "Create an account and sign in",
    security: "none",
    body: {
      schema: "NewAccount",
      example: { username: "ana", password: "correct horse battery" },
    },
    successes: { 201: { description: session, schema: "Session", headers: ["Set-Cookie"] } },
    problems: ["conflict"],
  },
  "POST /api/v1/auth/login": {
    operationId: "login",
    tag: "Accounts",
    summary: "Sign in",
    description: "A name that nobody has is answered like a wrong password, in the same time.",
    security: "none",
    body: {
      schema: "Credentials",
      example: { username: "ana", password: "correct horse battery" },
    },
    successes: { 200: { description: session, schema: "Session", headers: ["Set-Cookie"] } },
    problems: ["unauthenticated"],
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
    body: { schema: "RefreshToken", optional: true, example: { refresh_token: "…" } },
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
    body: { schema: "RefreshToken", optional: true, example: { refresh_token: "…" } },
    successes: { 204: { description: "The session is over", headers: ["Set-Cookie"] } },
  },
  "GET /api/v1/auth/sessions": {
    operationId: "listSessions",
    tag: "Accounts",
    summary: "Where the caller is signed in, the last used first",
    security: "user",
    successes: { 200: { description: "The live sessions", schema: "SessionList" } },
  },
  "DELETE /api/v1/auth/sessions/:session_id": {
    operationId: "endSession",
    tag: "Accounts",
    summary: "End a session of the caller: its tokens and its streams",
    security: "user",
    successes: { 204: { description: "The session is over" } },
    problems: ["not-found"],
  },
  "GET /api/v1/users/me": {
    operationId: "readProfile",
    tag: "Accounts",
    summary: "The caller's account",
    security: "user",
    successes: { 200: { description: "The account", schema: "Profile" } },
    problems: ["not-found"],
  },
  "PATCH /api/v1/users/me": {
    operationId: "changeProfile",
    tag: "Accounts",
    summary: "Change one's name or password",
    security: "user",
    body: {
      schema: "ProfileChange",
      example: { current_password: "correct horse battery", username: "anna" },
    },
    successes: { 200: { description: "The account", schema: "Profile" } },
    problems: ["forbidden", "not-found", "conflict"],
  },
  "DELETE /api/v1/users/me": {
    operationId: "deleteAccount",
    tag: "Accounts",
    summary: "Delete one's account, and leave all groups",
    security: "user",
    body: { schema: "AccountDeletion", example: { password: "correct horse battery" } },
    successes: { 204: { description: "The account is gone" } },
    problems: ["forbidden", "not-found", "conflict"],
  },
  "GET /.well-known/jwks.json": {
    operationId: "readKeys",
    tag: "Accounts",
    summary: "The public keys that verify access tokens (RFC 7517)",
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
