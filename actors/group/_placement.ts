/**
 * Where a todo stands in its column: positions are fractional index strings, so that moving one todo
 * changes that todo only. The actor orders all moves, so no two todos of a column share a position.
 */
import { generateKeyBetween } from "fractional-indexing";
import type { Problem, Todo } from "../protocol/mod.ts";
import { compareText, findTodo, type GroupState, tailOf, todosOf } from "./fold/mod.ts";
import { invalid } from "./_refusal.ts";

/** The neighbour a command names; at the end of the column when it names none. */
export interface Placement {
  readonly before?: string;
  readonly after?: string;
}

export type Placed =
  | { readonly ok: true; readonly position: string }
  | { readonly ok: false; readonly problem: Problem };

/** The open interval a position may lie in. */
interface Gap {
  readonly above?: string | undefined;
  readonly below?: string | undefined;
}

/**
 * The position in `column` that `placement` asks for; `moved`, when it stands there already, keeps the
 * position it has.
 */
export function place(
  state: GroupState,
  column: string,
  placement: Placement,
  moved?: Todo,
): Placed {
  const field = placement.before === undefined ? "after" : "before";
  const neighbourId = placement[field];
  if (neighbourId === undefined) return { ok: true, position: endOf(state, column, moved) };
  const neighbour = findTodo(state, neighbourId);
  if (!neighbour || neighbour.status !== column || neighbourId === moved?.id) {
    const detail = `Cannot place the todo ${field} "${neighbourId}": not another todo of ` +
      `column "${column}"`;
    return { ok: false, problem: invalid(field, "neighbour", detail) };
  }
  const positions = positionsIn(state, column, moved?.id);
  const gap = field === "before"
    ? { above: highestBelow(positions, neighbour.position), below: neighbour.position }
    : { above: neighbour.position, below: lowestAbove(positions, neighbour.position) };
  const stays = moved?.status === column && isInside(moved.position, gap);
  return { ok: true, position: stays ? moved.position : between(gap) };
}

/** The position behind every todo of `column`. */
function endOf(state: GroupState, column: string, moved: Todo | undefined): string {
  const tail = tailOf(state, column);
  if (moved?.status === column && moved.position === tail) return tail;
  return between({ above: tail });
}

/** `wanted`, or the next free position after it when another todo of `column` has it. */
export function freePosition(
  state: GroupState,
  column: string,
  wanted: string,
  todoId: string,
): string {
  const positions = positionsIn(state, column, todoId);
  if (!positions.includes(wanted)) return wanted;
  return between({ above: wanted, below: lowestAbove(positions, wanted) });
}

function positionsIn(state: GroupState, column: string, exceptId?: string): string[] {
  return todosOf(state)
    .filter((todo) => todo.status === column && todo.id !== exceptId)
    .map((todo) => todo.position);
}

function highestBelow(positions: readonly string[], limit: string): string | undefined {
  let highest: string | undefined;
  for (const position of positions) {
    if (compareText(position, limit) < 0 && compareText(position, highest ?? "") > 0) {
      highest = position;
    }
  }
  return highest;
}

function lowestAbove(positions: readonly string[], limit: string): string | undefined {
  let lowest: string | undefined;
  for (const position of positions) {
    if (compareText(position, limit) <= 0) continue;
    if (lowest === undefined || compareText(position, lowest) < 0) lowest = position;
  }
  return lowest;
}

function isInside(position: string, { above, below }: Gap): boolean {
  return (above === undefined || compareText(above, position) < 0) &&
    (below === undefined || compareText(position, below) < 0);
}

function between({ above, below }: Gap): string {
  return generateKeyBetween(above, below);
}
