/** Roles and what each may do: the one table that `decide`, the pages and the documentation share. */

export const ROLES = ["owner", "admin", "member"] as const;
export type Role = (typeof ROLES)[number];

export const CAPABILITIES = [
  "read",
  "todo.create",
  "todo.edit-own",
  "todo.edit-others",
  "comment.add",
  "comment.edit-own",
  "comment.edit-others",
  "group.update",
  "group.delete",
  "group.transfer",
  "member.add-member",
  "member.add-admin",
  "member.change-role",
  "member.remove-member",
  "member.remove-admin",
  "member.leave",
] as const;
export type Capability = (typeof CAPABILITIES)[number];

const EVERY_MEMBER: readonly Capability[] = [
  "read",
  "todo.create",
  "todo.edit-own",
  "comment.add",
  "comment.edit-own",
  "member.leave",
];
const MODERATOR: readonly Capability[] = [
  ...EVERY_MEMBER,
  "todo.edit-others",
  "comment.edit-others",
  "group.update",
  "member.add-member",
  "member.remove-member",
];

const ALLOWED: Readonly<Record<Role, ReadonlySet<Capability>>> = {
  member: new Set(EVERY_MEMBER),
  admin: new Set(MODERATOR),
  // The last owner cannot leave: that is a rule of the group's state, not of this table.
  owner: new Set(CAPABILITIES),
};

/** Whether `role` has `capability`. */
export function allows(role: Role, capability: Capability): boolean {
  return ALLOWED[role].has(capability);
}
