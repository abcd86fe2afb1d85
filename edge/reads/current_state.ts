/**
 * What a refused command was about, as it is now: read like any other read, so that nobody is shown what they
 * may not see. A help to whoever was refused: where it cannot be read, the refusal goes out without it.
 */
import { logger, type Sql } from "../../actors/platform/mod.ts";
import { ProblemError } from "../../actors/protocol/mod.ts";
import { type Caller, problemOfStore } from "../http/mod.ts";
import type { Consistency } from "./consistency.ts";
import { type GroupDetail, readGroup } from "./groups.ts";
import { readTodo, type TodoWithComments } from "./todos.ts";

/** A todo, or without `todoId` the group, at `minVersion` of the group or later. */
export interface Wanted {
  readonly groupId: string;
  readonly todoId?: string | undefined;
  readonly minVersion?: number | undefined;
}

/** Answers what the read of it would; `undefined` when it is not there for the caller, or cannot be read now. */
export type CurrentState = (
  caller: Pick<Caller, "userId">,
  wanted: Wanted,
) => Promise<TodoWithComments | GroupDetail | undefined>;

/** Reads current states from the read model. */
export function currentState(
  deps: { readonly sql: Sql; readonly consistency: Pick<Consistency, "readGroup"> },
): CurrentState {
  const { sql, consistency } = deps;
  return async (caller, { groupId, todoId, minVersion }) => {
    const { userId } = caller;
    const options = { caller, groupId, ...(minVersion === undefined ? {} : { minVersion }) };
    try {
      if (todoId === undefined) {
        const read = () => readGroup(sql, { groupId, userId });
        return (await consistency.readGroup(read, options)).group;
      }
      const read = () => readTodo(sql, { groupId, userId, todoId });
      return (await consistency.readGroup(read, options)).todo;
    } catch (error) {
      const isKnown = error instanceof ProblemError ||
        (error instanceof Error && problemOfStore(error) !== undefined);
      if (!isKnown) throw error;
      logger("edge.reads").warning("The state that refused a command cannot be read: {reason}", {
        reason: error instanceof Error ? error.message : String(error),
      });
      return undefined;
    }
  };
}
