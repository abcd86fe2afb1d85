/** The people of the connected group: who is in it, who may do what, and how to leave or delete it. */
import { useSignal } from "@preact/signals";
import { useLayoutEffect, useRef } from "preact/hooks";
import { allows, type Role } from "../../actors/protocol/plain/mod.ts";
import { explain, user } from "../session/mod.ts";
import {
  addMember,
  changeRole,
  connectedGroup,
  deleteGroup,
  type GivenRole,
  groupName,
  members,
  membersOpen,
  myRole,
  removeMember,
} from "../store/mod.ts";
import { Failure } from "./failure.tsx";
import { Icon } from "./icon.tsx";
import { MemberLine } from "./member_line.tsx";

export function MembersDialog() {
  const dialog = useRef<HTMLDialogElement>(null);
  const open = membersOpen.value && connectedGroup.value !== undefined;

  // Before the next key or click: while a modal dialog is open, all else takes no input.
  useLayoutEffect(() => {
    if (open) dialog.current?.showModal();
    else dialog.current?.close();
  }, [open]);

  return (
    <dialog
      ref={dialog}
      class="dialog"
      aria-labelledby="members-title"
      onClose={() => membersOpen.value = false}
      onClick={(event) => {
        if (event.target === dialog.current) membersOpen.value = false;
      }}
    >
      {open && <Content />}
    </dialog>
  );
}

function Content() {
  const failure = useSignal<string | undefined>(undefined);
  const busy = useSignal(false);
  const groupId = connectedGroup.value;
  const role = myRole.value;
  if (!groupId || !role) return null;

  /** Runs one change; says what went wrong and whether it went well. */
  async function attempt(work: () => Promise<void>): Promise<boolean> {
    if (busy.value) return false;
    busy.value = true;
    failure.value = undefined;
    try {
      await work();
    } catch (error) {
      failure.value = explain(error);
    }
    busy.value = false;
    return failure.value === undefined;
  }

  return (
    <div class="dialog-box" aria-busy={busy.value}>
      <div class="dialog-head">
        <h2 id="members-title">Members of {groupName.value}</h2>
        <button
          type="button"
          class="btn btn-ghost btn-sm btn-square"
          aria-label="Close"
          onClick={() => membersOpen.value = false}
        >
          <Icon name="x" />
        </button>
      </div>
      {allows(role, "member.add-member") && (
        <AddMember
          canAddAdmin={allows(role, "member.add-admin")}
          onAdd={(member) => attempt(() => addMember(groupId, member))}
        />
      )}
      <Failure text={failure.value} />
      <ul class="member-list">
        {members.value.map((member) => (
          <MemberLine
            key={member.user_id}
            userId={member.user_id}
            role={member.role}
            myRole={role}
            onRole={(username, next) =>
              attempt(() => changeRole(groupId, { username, role: next }))}
            onRemove={() => attempt(() => removeMember(groupId, member.user_id))}
          />
        ))}
      </ul>
      <GroupEnd
        role={role}
        onLeave={() => attempt(() => removeMember(groupId, user.value?.user_id ?? ""))}
        onDelete={() => attempt(() => deleteGroup(groupId))}
      />
    </div>
  );
}

function AddMember(
  { canAddAdmin, onAdd }: {
    canAddAdmin: boolean;
    onAdd: (member: { username: string; role: GivenRole }) => Promise<boolean>;
  },
) {
  async function onSubmit(event: SubmitEvent): Promise<void> {
    event.preventDefault();
    const form = event.currentTarget as HTMLFormElement;
    const data = new FormData(form);
    const username = String(data.get("member") ?? "").trim();
    if (username === "") return;
    const role = data.get("role") === "admin" ? "admin" : "member";
    if (await onAdd({ username, role })) form.reset();
  }
  return (
    <form class="add-member" onSubmit={onSubmit}>
      <div class="field">
        <label for="member-name">Username</label>
        <input
          id="member-name"
          class="input input-sm"
          name="member"
          autocomplete="off"
          autocapitalize="none"
          spellcheck={false}
          required
        />
      </div>
      <div class="field">
        <label for="member-role">Role</label>
        <select id="member-role" class="select select-sm" name="role">
          <option value="member">member</option>
          {canAddAdmin && <option value="admin">admin</option>}
        </select>
      </div>
      <button type="submit" class="btn btn-primary btn-sm">Add member</button>
    </form>
  );
}

/** Leaving and deleting: asked for twice, because neither can be taken back here. */
function GroupEnd(
  { role, onLeave, onDelete }: {
    role: Role;
    onLeave: () => Promise<boolean>;
    onDelete: () => Promise<boolean>;
  },
) {
  const asking = useSignal(false);
  const deletes = allows(role, "group.delete");
  const verb = deletes ? "Delete group" : "Leave group";
  if (!asking.value) {
    return (
      <div class="group-end">
        <button type="button" class="btn btn-sm danger" onClick={() => asking.value = true}>
          {verb}…
        </button>
      </div>
    );
  }
  return (
    <div class="group-end confirm" role="group" aria-label={`${verb}?`}>
      <p>
        {deletes
          ? (
            <>
              Delete <b>{groupName.value}</b> and all its todos for everyone?
            </>
          )
          : (
            <>
              Leave <b>{groupName.value}</b>? Someone has to add you again to come back.
            </>
          )}
      </p>
      <button type="button" class="btn btn-sm" onClick={() => asking.value = false}>Cancel</button>
      <button
        type="button"
        class="btn btn-sm btn-error"
        onClick={() => void (deletes ? onDelete() : onLeave())}
      >
        {verb}
      </button>
    </div>
  );
}
