/**
 * Refusals of which clients of Todo-1M know a short text: they find it in `error`, and a person finds in `detail`
 * what to do.
 */
import type { Problem } from "./problem.ts";

/** By what is wrong. */
export const REFUSALS = {
  tokenMissing: {
    code: "unauthenticated",
    error: "missing bearer token",
    detail:
      'The request carries no access token: send "Authorization: Bearer …" with the one that signing in gives',
  },
  tokenInvalid: {
    code: "unauthenticated",
    error: "invalid token",
    detail:
      "The access token is none of this service's, or its session has ended: sign in for another one",
  },
  tokenExpired: {
    code: "token-expired",
    error: "invalid token",
    detail: "The access token has expired: exchange the refresh token for another one, or sign in",
  },
  refreshTokenInvalid: {
    code: "unauthenticated",
    error: "invalid refresh token",
    detail:
      "The refresh token is not known, has expired, was exchanged before, or its session has ended: sign in",
  },
  credentialsInvalid: {
    code: "unauthenticated",
    error: "invalid credentials",
    detail: "No account has this name and password: check both",
  },
  nameTaken: {
    code: "conflict",
    error: "username already exists",
    detail: "The username is taken: choose another one, or sign in if it is yours",
  },
  roleInvalid: {
    code: "malformed",
    error: "invalid role",
    detail:
      "role must be member or admin; a group gets another owner by the command group.transfer",
  },
  actionUnsupported: {
    code: "malformed",
    error: "unsupported action",
    detail:
      "action must be create-todo, update-todo or delete-todo; every other command is sent with type and payload",
  },
  todoElsewhere: {
    code: "malformed",
    error: "todo does not belong to group_id",
    detail: "The todo is in another of your groups than group_id names: send the id of that group",
  },
  todoMissing: {
    code: "not-found",
    error: "todo not found",
    detail:
      "The todo does not exist in this group, or is deleted: list the group's todos for their ids",
  },
  groupMissing: {
    code: "not-found",
    error: "group not found",
    detail:
      "The group does not exist, is deleted, or you are not in it: list your groups for their ids",
  },
  userMissing: {
    code: "not-found",
    error: "user not found",
    detail: "Nobody has an account of this name or id: check it, or ask them to sign up first",
  },
} as const satisfies Readonly<Record<string, Problem & { readonly error: string }>>;
