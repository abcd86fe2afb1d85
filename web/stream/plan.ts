/**
 * What the tabs of a browser need together: which groups their stream follows, in which of them their user is
 * present, and what the user does there. Pure.
 */

/** What one tab shows. */
export interface Need {
  readonly groupId: string;
  /** Whether it is looked at. */
  readonly visible: boolean;
  /** Id of the todo whose editor is open. */
  readonly editing?: string;
}

/** What a stream is opened for; both lists are sorted. */
export interface Plan {
  readonly groupIds: readonly string[];
  /** Those of the groups in which the user is present. */
  readonly presence: readonly string[];
}

/** What the user does in a group, as the server is told. */
export interface Doing {
  readonly state: "viewing" | "editing";
  readonly todo_id?: string;
}

/** Most groups of one stream, as streamers allow unless they are told otherwise. */
export const MAX_GROUPS = 20;
export const NOTHING: Plan = { groupIds: [], presence: [] };

/** The plan for all `needs`; of more groups than fit those that are looked at come first. */
export function planOf(needs: Iterable<Need>): Plan {
  const all = [...needs];
  const looked = new Set(all.filter(({ visible }) => visible).map(({ groupId }) => groupId));
  const groups = new Set([...[...looked].sort(), ...all.map(({ groupId }) => groupId).sort()]);
  const groupIds = [...groups].slice(0, MAX_GROUPS).sort();
  return { groupIds, presence: groupIds.filter((id) => looked.has(id)) };
}

/**
 * When a stream that is `open` has to be replaced by one that is `wanted`: now, because it lacks something;
 * later, because it has too much, which may be wanted again in a moment; or never.
 */
export function changeOf(open: Plan, wanted: Plan): "now" | "later" | "never" {
  const lacks = (list: keyof Plan) => wanted[list].some((id) => !open[list].includes(id));
  if (lacks("groupIds") || lacks("presence")) return "now";
  if (wanted.groupIds.length === 0 && open.groupIds.length > 0) return "now";
  const same = wanted.groupIds.length === open.groupIds.length &&
    wanted.presence.length === open.presence.length;
  return same ? "never" : "later";
}

/** What the user does in the group: editing before viewing, in whichever tab is looked at. */
export function doingIn(groupId: string, needs: Iterable<Need>): Doing {
  for (const need of needs) {
    if (need.groupId !== groupId || !need.visible || need.editing === undefined) continue;
    return { state: "editing", todo_id: need.editing };
  }
  return { state: "viewing" };
}
