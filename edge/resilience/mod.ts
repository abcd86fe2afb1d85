/** What keeps the edge answering while what it depends on is away. */
export { type Dependency, showDependencies, Unreachable } from "./dependency.ts";
export { AWAY, guardedKeys, guardedMailbox, mailboxes, postgres, streamer } from "./guarded.ts";
export { natsFirst } from "./nats_first.ts";
export { guardedSql } from "./guarded_sql.ts";
