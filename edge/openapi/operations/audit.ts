/** The API's document on audits. */
import { GROUP } from "../examples/mod.ts";
import type { Operation, Operations, Success } from "../operation.ts";

const unchanged: Success = { description: "The client holds this state", headers: ["ETag"] };
const read = {
  tag: "Audit",
  security: "user",
  problems: ["not-found", "projection-lag", "version-conflict"],
} satisfies Partial<Operation>;

export const AUDIT: Operations = {
  "GET /api/v1/audit": {
    ...read,
    operationId: "listEvents",
    summary: "What happened in a group, the newest first",
    description:
      "By version, which is the order in which things happened, whatever clocks say. Owners and admins see " +
      "all events; members see their own, those that they have caused themselves, and are refused with " +
      "forbidden when they ask for another actor's. All filters must pass. A page that is " +
      "searched for, by a filter or because a member asks, looks through 20,000 versions at most: it may have " +
      "few events, or none, and a next_cursor.",
    query: [
      "group_id",
      "actor",
      "event_type",
      "from",
      "to",
      "audit_limit",
      "audit_cursor",
      "min_version",
    ],
    requestHeaders: ["If-None-Match"],
    successes: {
      200: {
        description: "A page of events",
        schema: "AuditPage",
        headers: ["ETag"],
        links: ["nextEvents"],
      },
      304: unchanged,
    },
    problems: [...read.problems, "forbidden"],
  },
  "GET /api/v1/todos/:todo_id/history": {
    ...read,
    operationId: "readTodoHistory",
    summary: "What happened to a todo, and who last set each field",
    description:
      "For every member, because every member follows the todo as it changes. Deleted todos have a history " +
      "too. The first page tells of each field who set it last, when, at which version, from what and to what.",
    query: ["group_id", "audit_limit", "audit_cursor", "min_version"],
    requestHeaders: ["If-None-Match"],
    successes: {
      200: { description: "A page of events", schema: "TodoHistory", headers: ["ETag"] },
      304: unchanged,
    },
  },
  "GET /api/v1/audit/verify": {
    ...read,
    operationId: "verifyLog",
    summary: "Check that a group's log is as it was written",
    description:
      "Follows the log as it is stored: each message names the SHA-256 of the one before it, and versions " +
      "are dense. For every member: it tells less than a stream does. A log that is longer than one request " +
      "may take is gone through with next_cursor; valid then is about what has been followed so far. A " +
      "change of the newest message, or a missing end, shows only against what the read model saw of it, or " +
      "against a head that was noted down before.",
    query: ["group_id", "audit_cursor", "min_version"],
    successes: {
      200: {
        description: "How far the chain was followed, and whether it holds",
        schema: "Verification",
      },
    },
  },
  "GET /api/v1/audit/export": {
    ...read,
    operationId: "exportLog",
    summary: "Take a group's whole log along",
    description:
      "For owners and admins. One line of JSON for the head, one for each stored message with its bytes as " +
      "they are, one for the end; an answer without the last line was broken off. edge/audit/verify_export.mjs " +
      "checks the file, without this server and without any other code.",
    query: ["group_id", "min_version"],
    successes: {
      200: {
        description: "The log, up to the newest message of this moment",
        content: "application/x-ndjson",
        example: `{"format":"todo-1m-log/1","group_id":"${GROUP}","stream":"EV-0",` +
          '"exported_at":"2025-11-19T13:06:00.000Z","seal":"9f86d081…"}\n',
      },
    },
    problems: [...read.problems, "forbidden"],
  },
};
