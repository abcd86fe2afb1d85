/** The API's document on what operators use. */
import type { Operation, Operations } from "../operation.ts";

const operator = { tag: "Operators", security: "operator" } satisfies Partial<Operation>;
const MISSING = { "not-found": "There is no dead letter 19" };

export const ADMIN: Operations = {
  "GET /api/v1/admin/dead-letters": {
    ...operator,
    operationId: "listDeadLetters",
    summary: "Messages that could not be processed, newest first",
    description:
      "A message that was tried in vain is kept with why and where, and everything behind it goes on. Bodies are left out: see readDeadLetter.",
    query: ["letter_limit", "letter_cursor", "subject"],
    successes: {
      200: {
        description: "A page of dead letters",
        schema: "DeadLetterList",
        links: ["nextLetters"],
      },
    },
  },
  "GET /api/v1/admin/dead-letters/:sequence": {
    ...operator,
    operationId: "readDeadLetter",
    summary: "A dead letter with its body",
    description:
      "What the list shows of it, and the bytes of the message as text where they are text.",
    successes: { 200: { description: "The letter", schema: "DeadLetter" } },
    problems: ["not-found"],
    details: MISSING,
  },
  "POST /api/v1/admin/dead-letters/:sequence/replay": {
    ...operator,
    operationId: "replayDeadLetter",
    summary: "Process the message again and drop the letter",
    description:
      "A command goes back to its mailbox as it was, and takes effect once. For a message of the log the read model of its group is made anew. The letter is dropped when that is done; with a problem it stays.",
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
    details: {
      ...MISSING,
      "conflict": "The letter holds only the beginning of the command",
      "outcome-unknown":
        "It is not known whether the mailbox stored the command; replaying again is safe",
    },
  },
  "DELETE /api/v1/admin/dead-letters/:sequence": {
    ...operator,
    operationId: "dropDeadLetter",
    summary: "Drop a dead letter",
    description:
      "For good: what the message was about is not done. What the log holds stays in the log.",
    successes: { 204: { description: "The letter is gone" } },
    problems: ["not-found"],
    details: MISSING,
  },
  "GET /api/v1/admin/partitions": {
    ...operator,
    operationId: "readPartitions",
    summary: "Hosts, who owns which block of partitions, how far each is, and the streams",
    description:
      "What group hosts report of themselves and what JetStream says of its streams. partition and host choose among the blocks; all else is shown in any case.",
    query: ["partition", "host"],
    successes: { 200: { description: "The cluster at this moment", schema: "Cluster" } },
    problems: ["malformed"],
    details: { "malformed": "partition must be a whole number below 1024" },
  },
};
