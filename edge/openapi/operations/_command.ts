/** What all operations share that send a command to a group. */
import type { ProblemCode } from "../../../actors/protocol/mod.ts";
import type { HeaderName, RequestHeaderName } from "../parameters.ts";
import type { Success } from "../operation.ts";

/** Why a command can be refused: by the group's rules, by its mailbox, or for want of an answer. */
export const COMMAND_PROBLEMS: readonly ProblemCode[] = [
  "malformed",
  "validation",
  "idempotency-mismatch",
  "forbidden",
  "not-found",
  "conflict",
  "undo-conflict",
  "version-conflict",
  "gone",
  "too-large",
  "mailbox-full",
  "storage-full",
  "outcome-unknown",
];

/** Fields of requests that send one command. */
export const COMMAND_FIELDS: readonly RequestHeaderName[] = [
  "Idempotency-Key",
  "If-Match",
  "Prefer",
];

/** The same where the command is about the group and none of its todos. */
export const GROUP_COMMAND_FIELDS: readonly RequestHeaderName[] = [
  "Idempotency-Key",
  "group If-Match",
  "Prefer",
];

/** Field of the answer to a command that was decided before. */
export const ASKED_TWICE: readonly HeaderName[] = ["Idempotency-Replayed"];

/** The answer while a command is stored and its outcome not told. */
export const STORED: Success = {
  description: "The command is stored and will be decided; Location tells its outcome then",
  schema: "AcceptedCommand",
  headers: ["Location", "Preference-Applied"],
  links: ["outcome"],
};
