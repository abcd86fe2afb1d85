/** Reads: what the projector has made of the log, no older than the reader must see it. */
export { Consistency, type GroupView, markedLate } from "./consistency.ts";
export { type CurrentState, currentState } from "./current_state.ts";
export { groupTag, readerTag, type TaggedView } from "./entity_tags.ts";
export {
  type GroupDetail,
  type GroupItem,
  missingUsers,
  readRole,
  userIdByName,
} from "./groups.ts";
export { findTodos, type Wanted } from "./found_todos.ts";
export { formatListCursor } from "./list_cursor.ts";
export { type LogVersion, logVersion } from "./log_version.ts";
export type { Moment } from "./moment.ts";
export { type PastReader, pastReader } from "./past.ts";
export { Projection } from "./projection.ts";
export { readRoutes, type Workspace } from "./routes.ts";
export { shownName } from "./shown_name.ts";
export { standing } from "./standing.ts";
export { isElsewhere, type TodoItem, type TodoWithComments } from "./todos.ts";
export { RecentVersions } from "./versions.ts";
