/** Commands: from HTTP in two dialects to the mailboxes, and from outcomes to answers. */
export { acceptedAnswer, answerCommand } from "./answer.ts";
export { checkedBody } from "./flat_problem.ts";
export { IdempotencyKeys, type KeptKeys, KEYS_AWAY } from "./idempotency.ts";
export { NatsKeptKeys } from "./kept_keys.ts";
export { NatsRefusals } from "./kept_refusals.ts";
export { type Mailbox, NatsMailbox, type Redelivery, type Sent } from "./mailbox.ts";
export { answerCommands } from "./over_nats.ts";
export { LogOutcomeStore } from "./outcome_store.ts";
export { RecentRefusals } from "./recent_refusals.ts";
export { commandRoutes } from "./routes.ts";
export { CommandSender, type OutcomeLabel, type SentCommand } from "./sender.ts";
export { waitingCommands } from "./waiting.ts";
