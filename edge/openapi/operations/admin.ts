/** The API's document on what operators use. */
import type { Operation, Operations } from "../operation.ts";

const operator = { tag: "Operators", security: "operator" } satisfies Partial<Operation>;

export const ADMIN: Operations = {
  "GET /api/v1/admin/dead-letters": {
    ...operator,
    operationId: "listDeadLetters",
    summary: "Messages that could not be processed, newest first",
    query: ["letter_limit", "letter_cursor", "subject"],
    successes: { 200: { description: "A page of dead letters", schema: "DeadLetterList" } },
  },
  "GET /api/v1/admin/dead-letters/:sequence": {
    ...operator,
    operationId: "readDeadLetter",
    summary: "A dead letter with its body",
    successes: { 200: { description: "The letter", schema: "DeadLetter" } },
    problems: ["not-found"],
  },
  "POST /api/v1/admin/dead-letters/:sequence/replay": {
    ...operator,
    operationId: "replayDeadLetter",
    summary: "Process the message again and drop the letter",
    successes: {
      200: { description: "What became of the message", schema: "ReplayedMessage" },
      202: { description: "The message is stored and will be processed", schema: "StoredMessage" },
    },
    problems: [
      "not-found",
      "conflict",
      "too-large",
      "mailbox-full",
      "storage-full",
      "outcome-unknown",
    ],
  },
  "DELETE /api/v1/admin/dead-letters/:sequence": {
    ...operator,
    operationId: "dropDeadLetter",
    summary: "Drop a dead letter",
    successes: { 204: { description: "The letter is gone" } },
    problems: ["not-found"],
  },
  "GET /api/v1/admin/partitions": {
    ...operator,
    operationId: "readPartitions",
    summary: "Hosts, who owns which block of partitions, how far each is, and the streams",
    query: ["partition", "host"],
    successes: { 200: { description: "The cluster at this moment", schema: "Cluster" } },
    problems: ["malformed"],
  },
};
