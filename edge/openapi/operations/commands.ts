/** The API's document on commands. */
import { COMMAND_EXAMPLES, COMPLETE, CREATE } from "../examples/mod.ts";
import type { Operations } from "../operation.ts";
import { ASKED_TWICE, COMMAND_FIELDS, COMMAND_PROBLEMS, STORED } from "./_command.ts";

export const COMMANDS: Operations = {
  "POST /api/v1/command": {
    operationId: "sendCommand",
    tag: "Commands",
    summary: "Send a command to a group, in either dialect",
    description:
      "A body with a type is a native command: it is answered with its events once the log has " +
      "stored them. One without is a command of Todo-1M's clients, answered 202 with the todo's id. A " +
      "command takes effect once, however often it is sent with the same id or key.",
    security: "user",
    requestHeaders: COMMAND_FIELDS,
    body: { schema: "Command", examples: COMMAND_EXAMPLES },
    successes: {
      200: {
        description: "Committed",
        schema: "CommittedCommand",
        headers: ASKED_TWICE,
        links: ["todos"],
      },
      201: {
        description: "Committed, and something new exists",
        schema: "CommittedCommand",
        headers: ASKED_TWICE,
        links: ["todos"],
      },
      202: { ...STORED, headers: [...STORED.headers ?? [], ...ASKED_TWICE] },
    },
    problems: COMMAND_PROBLEMS,
  },
  "POST /api/v1/commands": {
    operationId: "sendCommands",
    tag: "Commands",
    summary: "Send up to a hundred native commands",
    description:
      "Each is judged by itself and has an outcome of its own, what is no native command as well: that is " +
      "refused, with the reason and without the ids that could not be read, and the list is answered 200 all the " +
      "same. When the mailbox took none of them, all of the list is a problem: 503 when " +
      "none was stored, 504 when that is not known; its outcomes tell each command's, as ever. With atomic they are one command of one group, done as a " +
      "whole or not at all; ids and expected versions then come in Idempotency-Key and If-Match only. A " +
      "list that is not atomic may have neither. Each command counts against the quota: a list that is " +
      "longer than all of it is too-large.",
    security: "user",
    requestHeaders: ["atomic Idempotency-Key", "atomic If-Match", "Prefer"],
    body: { schema: "CommandList", example: { commands: [CREATE, COMPLETE] } },
    successes: {
      200: {
        description: "What became of each command, or the outcome of all as one",
        schema: ["CommandOutcomes", "CommittedCommand"],
        headers: ["Preference-Applied", ...ASKED_TWICE],
      },
      202: STORED,
    },
    problems: COMMAND_PROBLEMS,
  },
  "GET /api/v1/commands/:command_id": {
    operationId: "readOutcome",
    tag: "Commands",
    summary: "The outcome of a command",
    description:
      "Every edge answers the same of a command that was answered 202, or not in time. Pending is said " +
      "while it lies in its group's mailbox and nobody says that it is decided, to its sender only. Of one " +
      "that was rejected after such an answer the problem is told for a day, with its status, to its sender " +
      "only; not-found says that the command has had no effect and does not wait, and that the reason is not " +
      "kept: what was refused at once, what never arrived, and what was rejected when nobody was left to " +
      "keep why. Sent again with the same id it is decided anew, and takes effect once at most.",
    security: "user",
    query: ["group_id", "min_version"],
    successes: {
      200: { description: "Committed", schema: "CommittedCommand", links: ["todos"] },
      202: {
        description: "Stored, and not decided yet",
        schema: "PendingCommand",
        headers: ["Retry-After"],
        links: ["outcome"],
      },
    },
    problems: [...COMMAND_PROBLEMS, "projection-lag"],
  },
};
