/** How an account leaves a group: as any member would, by commands that the group decides. Pure. */
import type { CommandBody, Role } from "../../actors/protocol/mod.ts";

/** A place of an account in a group. */
export interface Membership {
  readonly group_id: string;
  readonly role: Role;
  /** Who takes over an owner's group: the admin, else the member, who has been in it for longest. */
  readonly heir: string | null;
}

/** The command by which `userId` goes; an owner hands over first, or takes along what nobody is left in. */
export function wayOut(userId: string, { role, heir }: Membership): CommandBody {
  const leave = { type: "member.remove", payload: { user_id: userId } } as const;
  if (role !== "owner") return leave;
  if (heir === null) return { type: "group.delete", payload: {} };
  // One command, so that nobody hears of a group of two minds.
  const handOver = { type: "group.transfer", payload: { user_id: heir } } as const;
  return { type: "batch", payload: { commands: [handOver, leave] } };
}
