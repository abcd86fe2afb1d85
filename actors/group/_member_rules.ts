/** Rules of the commands about members: adding, roles, removing, leaving and handing the group over. */
import { MEMBERS_PER_GROUP, type Role } from "../protocol/mod.ts";
import { type Draft, emit } from "./_draft.ts";
import { findMember, type GroupState, memberRole } from "./fold/mod.ts";
import { keepGroup } from "./_group_rules.ts";
import { invalid, type Refusal, refuse } from "./_refusal.ts";

interface Target {
  readonly user_id: string;
}

export function addMember(
  draft: Draft,
  { user_id, role }: Target & { readonly role: "admin" | "member" },
): Refusal {
  const current = memberRole(draft.state, user_id);
  if (current !== undefined && current !== role) {
    return refuse("conflict", `Cannot add member "${user_id}": already in the group as ${current}`);
  }
  if (current !== undefined) return keepGroup(draft);
  const full = membersFull(draft.state);
  if (full) return full;
  return emit(draft, "member.added", { user_id, role });
}

export function changeRole(
  draft: Draft,
  { user_id, role }: Target & { readonly role: "admin" | "member" },
): Refusal {
  const from = memberRole(draft.state, user_id);
  if (from === undefined) return noMember(user_id);
  if (from === "owner") {
    return refuse("conflict", `Cannot change the role of "${user_id}": the owner hands over first`);
  }
  return setRole(draft, user_id, { from, to: role });
}

export function removeMember(draft: Draft, { user_id }: Target): Refusal {
  const member = findMember(draft.state, user_id);
  if (!member) return noMember(user_id);
  if (member.role === "owner") {
    return refuse("conflict", `Cannot remove "${user_id}": the last owner hands over first`);
  }
  return emit(draft, "member.removed", { user_id, role: member.role, joined_at: member.joined_at });
}

export function transferGroup(draft: Draft, { user_id }: Target): Refusal {
  const { actor } = draft.command;
  if (user_id === actor) {
    return invalid("user_id", "self", `Cannot hand the group over to "${user_id}": already owner`);
  }
  const from = memberRole(draft.state, user_id);
  if (from === undefined) return noMember(user_id);
  setRole(draft, actor, { from: "owner", to: "admin" });
  return setRole(draft, user_id, { from, to: "owner" });
}

/** Refuses when the group can take no further member. */
export function membersFull(state: GroupState): Refusal {
  return state.members.size < MEMBERS_PER_GROUP
    ? undefined
    : refuse("conflict", `Cannot add a member: the group has ${MEMBERS_PER_GROUP} already`);
}

function setRole(
  draft: Draft,
  user_id: string,
  change: { readonly from: Role; readonly to: Role },
): undefined {
  return emit(draft, "member.role_changed", { user_id, ...change });
}

function noMember(userId: string): Refusal {
  return refuse("not-found", `User "${userId}" is not a member of the group`);
}
