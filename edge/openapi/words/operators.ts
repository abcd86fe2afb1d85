/** What fields mean that operators read: the state of the cluster, dead letters, readiness. */

const DECIDED = "since the process started";
const CURSOR_LAG =
  "Upper bound of the commands that wait: messages above the cursor, decided ones among them";

const CLUSTER: Readonly<Record<string, string>> = {
  at: "The moment",
  hosts: "The group hosts that were heard of, by name",
  "hosts.host_id": "Id of the process, new at each start",
  "hosts.name": "What operators call it; need not be unique",
  "hosts.started_at": "When the process started",
  "hosts.code_version":
    "Version of the rules it decides by; one group is decided by one version only",
  "hosts.state":
    "draining: gives its blocks away before it stops; silent: not heard of for 1.5 seconds",
  "hosts.silent_ms": "Milliseconds since it was last heard of",
  "hosts.blocks": "Number of blocks it owns",
  "hosts.resident_actors": "Groups whose state it holds in memory",
  "hosts.actor_bytes": "Estimated bytes of these",
  "hosts.commands": `Commands decided ${DECIDED}`,
  "hosts.commands_per_second": "Commands decided per second between its last two reports",
  "hosts.takeovers": `Blocks taken over ${DECIDED}`,
  "hosts.takeovers.dead": "From hosts that had gone silent",
  "hosts.takeovers.handed": "From hosts that gave them away",
  blocks: "The blocks of partitions: what a host owns, it owns by the block",
  "blocks.block": "Number of the block, from 0",
  "blocks.partitions": "First and last partition of the block",
  "blocks.owners": "Ids of the live hosts that say they own it: one, but for moments of change",
  "blocks.cursor":
    "Place in the mailbox stream up to which the owner has finished; absent without an owner",
  "blocks.cursor_lag": CURSOR_LAG,
  "blocks.pending": "Commands taken in and not finished",
  mailboxes: "The streams of commands that wait",
  "mailboxes.stream": "Name of the stream",
  "mailboxes.pending": "Commands of it taken in and not finished",
  "mailboxes.cursor_lag": `${CURSOR_LAG}; all that are stored while a block has no owner`,
  streams: "Every JetStream stream",
  "streams.name": "Name of the stream",
  "streams.messages": "Messages it holds",
  "streams.bytes": "Bytes it holds",
  "streams.max_bytes": "Bytes it may hold; absent where nothing limits it",
  "streams.first_sequence": "Number of its first message",
  "streams.last_sequence": "Number of its last message",
  "streams.leader": "Server that leads its replicas; absent on a single server",
  totals: "Sums over the whole cluster",
  "totals.commands_per_second": "Commands decided per second by all hosts that are not silent",
  "totals.resident_actors": "Groups held in memory by all hosts that are not silent",
  "totals.pending": "Commands taken in and not finished",
  "totals.mailbox_messages":
    "Messages in all mailboxes, decided ones that are not purged yet included",
  "totals.log_messages": "Commits in the log",
  "totals.dead_letters": "Messages that could not be processed and are kept",
  "totals.unowned_blocks": "Blocks without an owner: none, but for moments of change",
  "totals.contested_blocks":
    "Blocks that several hosts say they own: none, but for moments of change",
};

const LETTER: Readonly<Record<string, string>> = {
  sequence: "Number of the letter, which the other operations take",
  recorded_at: "When the letter was stored",
  subject: "Subject of the message that could not be processed",
  stream: "Stream it lay in",
  stream_sequence: "Its number there",
  source_stream: "Stream from which the server had copied it there, such as one of timers",
  reason: "What was thrown at the last try, at most 500 characters",
  at: "Place in the code from which it was thrown",
  tries: "How often processing was tried",
  process: "Which kind of process gave up",
  code_version: "Version of its code",
  size_bytes: "Size of the message, in bytes",
  truncated: "Whether the letter holds only the beginning of the message, which was too large",
  headers: "Headers of the message, as far as they fit",
  body: "The message as text, or in base64",
  body_encoding: "How body is written: as text where the bytes are UTF-8",
};

const JOB: Readonly<Record<string, string>> = {
  job_id: "Id of the job",
  kind: "Whether the read model is rebuilt, or compared with the log",
  group_id: "The only group that is compared; absent for all",
  state:
    "requested: nobody has begun; running; done; failed or cancelled, which has changed nothing",
  cancel_requested: "Whether somebody has asked for its end",
  requested_at: "When it was asked for",
  started_at: "When it began; absent before that",
  finished_at: "When it ended; absent before that",
  progress: "How far it is; empty until it has begun",
  "progress.phase":
    "What it is doing: loading, indexing, following, swapping; comparing, looking at groups",
  "progress.messages_done": "Log messages it has dealt with",
  "progress.messages_total": "Log messages it has to deal with, as far as is known",
  "progress.events_done": "Events it has dealt with",
  "progress.events_per_second": "Events a second, of the last five seconds",
  "progress.seconds_left": "Seconds that it will take, by its rate; absent until there is one",
  error: "Why it failed; absent otherwise",
};

export const OPERATOR_WORDS: Readonly<Record<string, string>> = {
  ...under("Cluster", CLUSTER),
  ...under("DeadLetterInList", LETTER),
  ...under("DeadLetter", LETTER),
  ...under("ProjectionJob", JOB),
  ...under("ProjectionJobInList", JOB),
  "ProjectionJob.result":
    "What came of it: counts and durations; of a check, its differences and checksums as well. Absent " +
    "until it is done",
  "ProjectionJobList.jobs": "The jobs, the newest first",
  "DeadLetterList.dead_letters": "The letters of the page, the newest first",
  "ReplayedMessage.sequence": "Number that the letter had",
  "ReplayedMessage.status":
    "committed: the group took the command; projected: the read model of the group was made anew; " +
    "rejected: the group refused the command, and the letter is gone all the same",
  "ReplayedMessage.version": "Version of the group after it",
  "ReplayedMessage.problem": "Why the group refused the command",
  "ReplayedMessage.problem.code": "Stable name of what went wrong, for programs",
  "ReplayedMessage.problem.detail": "What is wrong",
  "ReplayedMessage.problem.errors": "The fields that are wrong",
  "ReplayedMessage.problem.errors.pointer": "JSON Pointer (RFC 6901) to the field in the command",
  "ReplayedMessage.problem.errors.code": "Stable name of the rule that is broken, for programs",
  "ReplayedMessage.problem.errors.message": "What is wrong with the field",
  "ReplayedMessage.problem.version": "The current version, where the refusal is about versions",
  "StoredMessage.sequence": "Number that the letter had",
  "StoredMessage.status": "That the message is durable again and will be processed",
  "Readiness.status":
    "starting: not connected yet; ready; degraded: Postgres does not answer, commands are taken; " +
    "unavailable: NATS does not answer; draining: about to stop",
  "Readiness.ready": "Whether requests should be sent here",
  "Readiness.checks": "The dependencies by name",
  "Readiness.checks.ok": "Whether it answered",
  "Readiness.checks.latency_ms": "Milliseconds until it did, or failed",
};

function under(name: string, words: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(words).map(([path, text]) => [`${name}.${path}`, text]),
  );
}
