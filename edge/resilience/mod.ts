/** What keeps the edge answering while what it depends on is away. */
export { type Dependency, showDependencies } from "./dependency.ts";
export { guardedMailbox, guardedRoutes, mailboxes, readModel } from "./guarded.ts";
