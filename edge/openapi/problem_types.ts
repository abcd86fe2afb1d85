/**
 * What each problem code means and what to do about it, in words for whoever meets it: served where the
 * `type` of a problem leads (RFC 9457, section 3.1.1). Pure.
 */
import { type ProblemCode, PROBLEMS } from "../../actors/protocol/mod.ts";

interface Explanation {
  readonly what_happened: string;
  readonly what_to_do: string;
}

const EXPLANATIONS: Readonly<Record<ProblemCode, Explanation>> = {
  "validation": {
    what_happened: "The request could be read, but a field is missing, unknown, or breaks a rule.",
    what_to_do: "Correct the fields that errors points at, and send the request again.",
  },
  "malformed": {
    what_happened: "The body is not the JSON that is expected, or a parameter or header field " +
      "cannot be read.",
    what_to_do: "Read detail, which says what cannot be read and where; correct it and send again.",
  },
  "unauthenticated": {
    what_happened:
      "No access token came with the request, or one that is not valid; or user name " +
      "and password do not belong together.",
    what_to_do: "Sign in, and send the token as Authorization: Bearer.",
  },
  "token-expired": {
    what_happened: "The access token was valid and is too old now.",
    what_to_do: "Exchange the refresh token at /api/v1/auth/refresh, and send the request again " +
      "with the new access token.",
  },
  "forbidden": {
    what_happened:
      "It is known who asks, but that is not enough for this: the role in the group is " +
      "too low, or the password does not match.",
    what_to_do: "Ask an owner or admin of the group, or correct the password.",
  },
  "not-found": {
    what_happened: "It does not exist, or the caller is not in the group it belongs to.",
    what_to_do: "Check the id, and that the caller is a member of the group.",
  },
  "method-not-allowed": {
    what_happened: "The path exists, but not with this method.",
    what_to_do: "Use one of the methods in the Allow field of the answer; /docs lists them all.",
  },
  "request-timeout": {
    what_happened: "The body did not arrive within 9 seconds, or broke off. Nothing was done.",
    what_to_do: "Send the request again over another connection; what sent it slowly may be the " +
      "client itself or the way to here.",
  },
  "version-conflict": {
    what_happened: "What the command was to change is at another version than If-Match or " +
      "expected_version says: somebody changed it meanwhile.",
    what_to_do:
      "Look at current, the state there is now, or read it where current is absent; decide " +
      "whether the change still makes sense, and send it with that version.",
  },
  "undo-conflict": {
    what_happened:
      "Later changes touched the same thing, so the command cannot be taken back alone.",
    what_to_do: "Undo the later changes first, or make the change by hand.",
  },
  "conflict": {
    what_happened:
      "The request does not fit the current state: a name is taken, something is there " +
      "already, or a limit is reached.",
    what_to_do: "Read detail, which names it; choose another name, or remove what is in the way.",
  },
  "idempotency-mismatch": {
    what_happened: "The command id or Idempotency-Key was used before for another request.",
    what_to_do: "Use a new id or key for each new command, and the same one only to repeat it.",
  },
  "gone": {
    what_happened: "It was there once and can no longer be had.",
    what_to_do: "Do not ask again; read the current state instead.",
  },
  "too-large": {
    what_happened: "The body, or what it would make of a group, is larger than is allowed.",
    what_to_do: "Send less: shorter texts, or fewer commands at once.",
  },
  "unsupported-media-type": {
    what_happened: "The Content-Type of the body is none that is taken here.",
    what_to_do: "Send it as one of the media types in the Accept field of the answer: " +
      "application/json, but for reports of browsers.",
  },
  "rate-limited": {
    what_happened: "Too many requests came from this user or address, or too many failed sign-ins.",
    what_to_do: "Wait for the seconds in Retry-After, then send the request again.",
  },
  "mailbox-full": {
    what_happened: "More commands wait for this group than it takes. The command was not stored.",
    what_to_do:
      "Wait for the seconds in Retry-After, then send the command again with the same id.",
  },
  "internal": {
    what_happened: "Something failed that should not. It is not the fault of the request.",
    what_to_do: "Tell the operators the value of instance, which names the request in their logs.",
  },
  "projection-lag": {
    what_happened: "What is read is not up to date yet with what the caller asked to see.",
    what_to_do: "Wait for the seconds in Retry-After, then read again.",
  },
  "unavailable": {
    what_happened: "A part of the service is starting, or cannot be reached at the moment.",
    what_to_do:
      "Wait for the seconds in Retry-After, then send the request again; give commands an " +
      "id or Idempotency-Key, so that they take effect once.",
  },
  "storage-full": {
    what_happened:
      "There is no room to store anything more: further commands, the keys of further ones, or what is in the " +
      "database. Nothing was stored.",
    what_to_do:
      "Try again later, a command with the same id; the operators have to make room. Where the detail is about " +
      "keys, a UUIDv7 as Idempotency-Key or command_id needs no room.",
  },
  "outcome-unknown": {
    what_happened: "The command may be stored, but its outcome was not known in time.",
    what_to_do:
      "Read its outcome where Location says, or send it again with the same id: it takes " +
      "effect once.",
  },
};

/** The explanation that `/problems/{code}` answers; `undefined` when there is no such code. */
export function problemType(code: string): object | undefined {
  if (!isProblemCode(code)) return undefined;
  return { type: `/problems/${code}`, code, ...PROBLEMS[code], ...EXPLANATIONS[code] };
}

function isProblemCode(code: string): code is ProblemCode {
  return Object.hasOwn(PROBLEMS, code);
}
