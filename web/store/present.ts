/** Who else is present in a group, made of what the stream tells. Pure. */

/** Somebody who is present, and what they do. */
export interface Present {
  readonly user_id: string;
  readonly state: "viewing" | "editing";
  /** The todo that is edited. */
  readonly todo_id?: string;
}

/** What a presence frame tells: of very many people only how many there are. */
export interface PresenceTold {
  readonly group_id: string;
  readonly count: number;
  readonly users?: readonly Present[];
}

/** The others: how many there are, and those of them who are listed. */
export interface Others {
  readonly count: number;
  readonly listed: readonly Present[];
}

export const NOBODY: Others = { count: 0, listed: [] };

/** Everybody but `me`, in an order that stays when somebody begins to edit. */
export function othersIn({ count, users = [] }: PresenceTold, me: string): Others {
  const listed = users.filter(({ user_id }) => user_id !== me)
    .sort((one, other) => one.user_id < other.user_id ? -1 : 1);
  // Who is not listed may be among those who are only counted.
  const isCounted = listed.length < users.length || users.length < count;
  return { count: Math.max(listed.length, count - (isCounted ? 1 : 0)), listed };
}

/** Those of `listed` who edit, by the todo that they edit. */
export function editorsIn(listed: readonly Present[]): ReadonlyMap<string, readonly string[]> {
  const editors = new Map<string, string[]>();
  for (const { user_id, state, todo_id } of listed) {
    if (state !== "editing" || todo_id === undefined) continue;
    const its = editors.get(todo_id);
    if (its) its.push(user_id);
    else editors.set(todo_id, [user_id]);
  }
  return editors;
}

/** `names` as part of a sentence; of many the first ones, out of `count`. */
export function nameSome(names: readonly string[], count = names.length): string {
  const shown = names.slice(0, 5);
  const more = count - shown.length;
  const parts = more > 0 ? [...shown, more === 1 ? "1 other" : `${more} others`] : shown;
  return parts.length < 2
    ? parts.join()
    : `${parts.slice(0, -1).join(", ")} and ${parts.slice(-1).join()}`;
}
