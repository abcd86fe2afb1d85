/** One member in the members dialog: who, in which role, and what the viewer may do about it. */
import { allows, type Role } from "../../actors/protocol/plain/mod.ts";
import { user } from "../session/mod.ts";
import { type GivenRole, names } from "../store/mod.ts";
import { Avatar } from "./avatar.tsx";

export function MemberLine(
  { userId, role, myRole, onRole, onRemove }: {
    userId: string;
    role: Role;
    myRole: Role;
    onRole: (username: string, role: GivenRole) => Promise<boolean>;
    onRemove: () => Promise<boolean>;
  },
) {
  const username = names.value.get(userId);
  const me = userId === user.value?.user_id;
  const canChange = !me && role !== "owner" && username !== undefined &&
    allows(myRole, "member.change-role");
  const canRemove = !me && role !== "owner" &&
    allows(myRole, role === "admin" ? "member.remove-admin" : "member.remove-member");
  const shown = username ?? "Someone";
  return (
    <li class="member">
      <Avatar id={userId} name={username} />
      <span class="member-name">{shown}{me && <span class="you">you</span>}</span>
      <span class="member-controls">
        {canChange
          ? (
            <select
              class="select select-xs"
              aria-label={`Role of ${shown}`}
              value={role}
              onChange={(event) => {
                const next = event.currentTarget.value === "admin" ? "admin" : "member";
                // What is shown is what the log says, not what was picked.
                event.currentTarget.value = role;
                void onRole(username, next);
              }}
            >
              <option value="member">member</option>
              <option value="admin">admin</option>
            </select>
          )
          : <span class="badge role-chip">{role}</span>}
        {canRemove && (
          <button
            type="button"
            class="btn btn-ghost btn-xs"
            aria-label={`Remove ${shown}`}
            onClick={() => void onRemove()}
          >
            Remove
          </button>
        )}
      </span>
    </li>
  );
}
