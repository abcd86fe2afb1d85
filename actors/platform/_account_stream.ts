/** Declares the stream of what happens to accounts and sessions, for whoever follows them. */
import { DiscardPolicy, RetentionPolicy } from "@nats-io/jetstream";

const KEPT_DAYS = 30;
const MAX_BYTES = 256 * 1024 ** 2;
const NANOSECONDS_PER_MINUTE = 60_000_000_000;

export const ACCOUNT_STREAM = {
  name: "ACCOUNTS",
  description: "What happens to accounts and sessions; ids only",
  subjects: [
    "auth.user.*.created",
    "auth.user.*.updated",
    "auth.user.*.deleted",
    "auth.session.*.created",
    "auth.session.*.invalidated",
  ],
  retention: RetentionPolicy.Limits,
  // The tables have the accounts; refusing new events would pile them up there.
  discard: DiscardPolicy.Old,
  max_bytes: MAX_BYTES,
  max_age: KEPT_DAYS * 24 * 60 * NANOSECONDS_PER_MINUTE,
  // How long an edge may take from sending an event to noting that it has, without sending it twice.
  duplicate_window: 10 * NANOSECONDS_PER_MINUTE,
  allow_direct: true,
};
