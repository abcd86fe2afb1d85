/** The store of the app page: what its islands read and what they may do. */
export { startApp } from "./app.ts";
export type { FeedItem, Phrase } from "./feed.ts";
export {
  editedTodo,
  filterFault,
  filterInEffect,
  filterText,
  loadFilters,
  setFilter,
  shownRows,
} from "./filter.ts";
export * from "./groups.ts";
export { names } from "./names.ts";
export * from "./panels.ts";
export type { Pending, TodoRow } from "./pending.ts";
export * from "./presence.ts";
export { nameSome, type Present } from "./present.ts";
export * from "./toasts.ts";
export * from "./todo_commands.ts";
export * from "./workspace.ts";
