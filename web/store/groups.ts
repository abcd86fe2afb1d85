/** The groups this user belongs to, and what can be done with them over HTTP. */
import { signal } from "@preact/signals";
import {
  ApiError,
  callAs,
  explain,
  type GroupSummary,
  NetworkError,
  tokens,
} from "../session/mod.ts";
import type { Role } from "../../actors/protocol/mod.ts";

export type GroupList =
  | { readonly state: "loading" }
  | { readonly state: "failed"; readonly why: string }
  | { readonly state: "ready"; readonly groups: readonly GroupSummary[] };

export const groups = signal<GroupList>({ state: "loading" });

/** Asks for the list again; what is shown stays until the answer is there. */
export async function loadGroups(): Promise<void> {
  try {
    groups.value = { state: "ready", groups: await allGroups() };
  } catch (error) {
    if (!(error instanceof ApiError) && !(error instanceof NetworkError)) throw error;
    if (groups.peek().state !== "ready") groups.value = { state: "failed", why: explain(error) };
  }
}

/** The groups of all pages of the list. */
async function allGroups(): Promise<readonly GroupSummary[]> {
  const all: GroupSummary[] = [];
  let query = "";
  while (true) {
    const page = await callAs(tokens, `/api/v1/groups${query}`) as {
      readonly groups: readonly GroupSummary[];
      readonly next_cursor?: string;
    };
    all.push(...page.groups);
    if (page.next_cursor === undefined) return all;
    query = `?cursor=${encodeURIComponent(page.next_cursor)}`;
  }
}

/** The summary of a group in the list. */
export function groupSummary(groupId: string | undefined): GroupSummary | undefined {
  const list = groups.value;
  return list.state === "ready"
    ? list.groups.find((group) => group.group_id === groupId)
    : undefined;
}

/** Keeps the list in step with what the stream tells about one group; `undefined` takes it away. */
export function updateSummary(groupId: string, summary: GroupSummary | undefined): void {
  const list = groups.peek();
  if (list.state !== "ready") return;
  const known = list.groups.find((group) => group.group_id === groupId);
  if (
    known?.group_name === summary?.group_name && known?.role === summary?.role
  ) return;
  groups.value = {
    state: "ready",
    groups: summary === undefined
      ? list.groups.filter((group) => group.group_id !== groupId)
      : known
      ? list.groups.map((group) => group.group_id === groupId ? summary : group)
      : [summary, ...list.groups],
  };
}

/** Creates a group with this user as its owner and returns its id. */
export async function createGroup(name: string): Promise<string> {
  const made = await callAs(tokens, "/api/v1/groups", { method: "POST", body: { name } }) as {
    id: string;
    name: string;
  };
  updateSummary(made.id, { group_id: made.id, group_name: made.name, role: "owner" });
  return made.id;
}

const pathOf = (groupId: string) => `/api/v1/groups/${encodeURIComponent(groupId)}`;

export async function deleteGroup(groupId: string): Promise<void> {
  await callAs(tokens, pathOf(groupId), { method: "DELETE" });
}

export type GivenRole = Exclude<Role, "owner">;

export async function addMember(
  groupId: string,
  member: { username: string; role: GivenRole },
): Promise<void> {
  await callAs(tokens, `${pathOf(groupId)}/members`, { method: "POST", body: member });
}

export async function changeRole(
  groupId: string,
  member: { username: string; role: GivenRole },
): Promise<void> {
  await callAs(tokens, `${pathOf(groupId)}/members/role`, { method: "PATCH", body: member });
}

/** Takes a member out of a group; one's own id leaves it. */
export async function removeMember(groupId: string, userId: string): Promise<void> {
  await callAs(tokens, `${pathOf(groupId)}/members/${encodeURIComponent(userId)}`, {
    method: "DELETE",
  });
}
