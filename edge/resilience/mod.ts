/** What keeps the edge answering while what it depends on is away. */
export { type Dependency, showDependencies } from "./dependency.ts";
export { guardedMailbox, mailboxes, readModel } from "./guarded.ts";
export { guardedSql } from "./guarded_sql.ts";
