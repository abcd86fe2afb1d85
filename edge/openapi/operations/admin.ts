/** The API's document on what operators use. */
import type { Operation, Operations } from "../operation.ts";

const operator = { tag: "Operators", security: "operator" } satisfies Partial<Operation>;
const AGAIN =
  "Sent again it is refused with conflict while the job that it began is there; then it begins another.";
const BUSY =
  "Another job is requested or running: see /api/v1/admin/projection/jobs, wait for its end or cancel it";
const NO_JOB = "There is no job 5b0c9d0e-7f3a-4c52-9a55-0f3d2c1b4a69";
const NO_ID = "job_id must be a UUID in lower-case text form";
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
        links: ["firstLetter", "nextLetters"],
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
    again: "Sent again it is not-found once the letter is dropped; no command takes effect twice.",
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
  "POST /api/v1/admin/projection/rebuild": {
    ...operator,
    operationId: "rebuildReadModel",
    summary: "Rebuild the whole read model from the log while it is in use",
    again: AGAIN,
    description:
      "The projector fills tables beside the live ones, follows the log, and puts them in their " +
      "place in one moment: nobody reads an older state than before, or a part of one. If it " +
      "fails or is cancelled nothing has changed. There is one job at a time, a check included.",
    successes: {
      202: {
        description: "The job is requested; it begins within seconds while a projector runs",
        schema: "ProjectionJob",
        headers: ["Location"],
        links: ["job"],
      },
    },
    problems: ["malformed", "conflict"],
    details: { "malformed": 'Unknown parameter "force"', "conflict": BUSY },
  },
  "POST /api/v1/admin/projection/check": {
    ...operator,
    operationId: "checkReadModel",
    summary: "Compare the read model with what the log says",
    again: AGAIN,
    description:
      "Compares a snapshot of the tables with the log up to the same point, for all groups or for " +
      "one, and changes nothing. The result has counts, checksums and the first differences.",
    query: ["check_group_id"],
    successes: {
      202: {
        description: "The job is requested; it begins within seconds while a projector runs",
        schema: "ProjectionJob",
        headers: ["Location"],
        links: ["job"],
      },
    },
    problems: ["malformed", "conflict"],
    details: {
      "malformed": "group_id must be 1 to 64 letters, digits, _ or -",
      "conflict": BUSY,
    },
  },
  "GET /api/v1/admin/projection/jobs": {
    ...operator,
    operationId: "listProjectionJobs",
    summary: "The newest 50 jobs about the read model, the newest first",
    description: "Those that are requested or running are among them. Results are left out: see " +
      "readProjectionJob.",
    successes: {
      200: { description: "The jobs", schema: "ProjectionJobList", links: ["firstJob"] },
    },
    problems: ["malformed"],
    details: { "malformed": 'Unknown parameter "limit"' },
  },
  "GET /api/v1/admin/projection/jobs/:job_id": {
    ...operator,
    operationId: "readProjectionJob",
    summary: "A job about the read model, how far it is, and its result",
    description: "What it says of a running job is about a second old.",
    successes: { 200: { description: "The job", schema: "ProjectionJob" } },
    problems: ["malformed", "not-found"],
    details: { "malformed": NO_ID, "not-found": NO_JOB },
  },
  "DELETE /api/v1/admin/projection/jobs/:job_id": {
    ...operator,
    operationId: "cancelProjectionJob",
    summary: "Cancel a job about the read model",
    description:
      "One that nobody has begun is over at once; a running one is within seconds, unless it is " +
      "done before: see its state.",
    successes: {
      202: {
        description: "The job is cancelled, or will be",
        schema: "ProjectionJob",
        headers: ["Location"],
      },
    },
    problems: ["malformed", "not-found", "conflict"],
    details: {
      "malformed": NO_ID,
      "not-found": NO_JOB,
      "conflict": "Job 5b0c9d0e-7f3a-4c52-9a55-0f3d2c1b4a69 cannot be cancelled: it is done",
    },
  },
};
