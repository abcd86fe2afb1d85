/**
 * The language of filters and orders of todos: parsed, bound to a moment and a group, evaluated. Pure and
 * without packages, the same in the edge, which compiles what is bound to SQL, and in the browser.
 */
export { bindFilter, type Choice, type FilterContext, type GroupNames } from "./bind.ts";
export { dateIn } from "./calendar.ts";
export type { Comparison, Condition } from "./condition.ts";
export { QueryError, type QueryFault } from "./error.ts";
export { matches } from "./evaluate.ts";
export type { Filter } from "./expression.ts";
export { foldCase } from "./fold_case.ts";
export { FILTER_MAX_CHARS, parseFilter } from "./parse.ts";
export {
  compareBy,
  isAfter,
  isSortValue,
  NEWEST_FIRST,
  parseSort,
  SORT_FIELDS,
  type SortKey,
  type SortValue,
  TITLE_SORT_CHARS,
  valuesOf,
} from "./sort.ts";
