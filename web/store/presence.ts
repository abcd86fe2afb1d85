/** Who else looks at the connected group, and who edits which of its todos. */
import { computed } from "@preact/signals";
import { user } from "../session/mod.ts";
import { names } from "./names.ts";
import { editorsIn, nameSome, NOBODY, type Others, othersIn } from "./present.ts";
import { connection, presenceTold } from "./workspace.ts";

/**
 * Whether what was told last still holds: a stream that is opened anew, or by another tab, says it again in a
 * moment.
 */
const isFresh = computed(() => {
  const { value } = connection;
  return value.state === "live" || value.state === "connecting" ||
    (value.state === "reconnecting" && value.attempt === 1);
});

/** The other people who look at the connected group. */
export const others = computed((): Others => {
  const { value: told } = presenceTold;
  return told && isFresh.value ? othersIn(told, user.value?.user_id ?? "") : NOBODY;
});

/** How somebody is called. */
export function nameOf(userId: string): string {
  return names.value.get(userId) ?? "someone";
}

/** Who edits a todo. */
export interface Editors {
  /** The first of them. */
  readonly userId: string;
  readonly sentence: string;
}

/** The other people who edit, by the todo that they edit. */
export const editors = computed((): ReadonlyMap<string, Editors> => {
  const byTodo = new Map<string, Editors>();
  for (const [todoId, userIds] of editorsIn(others.value.listed)) {
    const [userId] = userIds;
    if (userId === undefined) continue;
    const are = userIds.length === 1 ? "is" : "are";
    byTodo.set(todoId, {
      userId,
      sentence: `${nameSome(userIds.map(nameOf))} ${are} editing this`,
    });
  }
  return byTodo;
});
