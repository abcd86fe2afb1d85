/** In which column a todo stands that is open or completed. Pure; the same in the host and in pages, which predict it. */
import type { Todo } from "../../protocol/plain/mod.ts";
import type { GroupState } from "./state.ts";

/** Moving a todo into this column completes it, where a group has it. */
export const DONE_COLUMN = "done";

type Columns = Pick<GroupState, "columns">;

/** Whether the group has a column of this id. */
export function hasColumn({ columns }: Columns, column: string): boolean {
  return columns.some(({ id }) => id === column);
}

/** The column where open todos start: the group's first one that does not complete. */
export function firstOpenColumn({ columns }: Columns): string {
  const column = columns.find(({ id }) => id !== DONE_COLUMN) ?? columns[0];
  return column?.id ?? DONE_COLUMN;
}

/** The column of `todo` after it was completed or reopened: where there is a column `done`, they go together. */
export function columnAfter(group: Columns, todo: Todo, completed: boolean): string {
  if (completed) return hasColumn(group, DONE_COLUMN) ? DONE_COLUMN : todo.status;
  return todo.status === DONE_COLUMN ? firstOpenColumn(group) : todo.status;
}
