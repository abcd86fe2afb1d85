/** The groups of this user: which there are, which one is connected, and a new one. */
import { useSignal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import { GROUP_NAME_MAX_CHARS } from "../../actors/protocol/plain/mod.ts";
import { Failure } from "../components/failure.tsx";
import { Icon } from "../components/icon.tsx";
import { tooLong } from "../components/too_long.ts";
import { explain, type GroupSummary } from "../session/mod.ts";
import {
  connect,
  connectedGroup,
  connection,
  createGroup,
  disconnect,
  drawerOpen,
  groups,
  loadGroups,
} from "../store/mod.ts";

export function Sidebar() {
  const nav = useRef<HTMLElement>(null);
  const open = drawerOpen.value;

  useEffect(() => {
    if (!open) return;
    nav.current?.querySelector<HTMLElement>("button, input")?.focus();
    const onKey = (event: KeyboardEvent) => {
      if (event.key === "Escape") drawerOpen.value = false;
    };
    addEventListener("keydown", onKey);
    return () => removeEventListener("keydown", onKey);
  }, [open]);

  return (
    <>
      {open && <div class="backdrop" aria-hidden="true" onClick={() => drawerOpen.value = false} />}
      <nav id="groups" class="sidebar" data-open={open} aria-label="Groups" ref={nav}>
        <div class="sidebar-head">
          <h2>Groups</h2>
          <button
            type="button"
            class="btn btn-ghost btn-xs btn-square"
            aria-label="Reload groups"
            title="Reload groups"
            onClick={() => void loadGroups()}
          >
            <Icon name="refresh" size={14} />
          </button>
        </div>
        <GroupItems />
        <CreateGroup />
      </nav>
    </>
  );
}

function GroupItems() {
  const list = groups.value;
  switch (list.state) {
    case "loading":
      return (
        <ul class="groups" aria-busy="true" aria-label="Loading groups">
          {[1, 2, 3].map((n) => <li key={n} class="skeleton skeleton-group" />)}
        </ul>
      );
    case "failed":
      return (
        <div class="state state-small" role="alert">
          <p>{list.why}</p>
          <button type="button" class="btn btn-sm" onClick={() => void loadGroups()}>Retry</button>
        </div>
      );
    case "ready":
      return list.groups.length === 0
        ? <p class="hint">You are in no group yet. Create one below, or ask to be added.</p>
        : (
          <ul class="groups">
            {list.groups.map((group) => <GroupItem key={group.group_id} group={group} />)}
          </ul>
        );
  }
}

function GroupItem({ group }: { group: GroupSummary }) {
  const current = connectedGroup.value === group.group_id;
  const connecting = current && connection.value.state === "connecting";
  return (
    <li class="group" data-connected={current} aria-current={current ? "true" : undefined}>
      <span class="group-label">
        <span class="group-name" title={group.group_name}>{group.group_name}</span>
        <span class="badge role-chip">{group.role}</span>
      </span>
      <button
        type="button"
        class="btn btn-xs connect"
        aria-pressed={current}
        aria-label={`${label(current, connecting)} ${group.group_name}`}
        onClick={() => {
          if (!current) connect(group.group_id);
          drawerOpen.value = false;
        }}
      >
        {label(current, connecting)}
      </button>
      {current && (
        <button
          type="button"
          class="btn btn-ghost btn-xs btn-square"
          aria-label={`Disconnect ${group.group_name}`}
          title="Disconnect"
          onClick={disconnect}
        >
          <Icon name="x" size={14} />
        </button>
      )}
    </li>
  );
}

function label(current: boolean, connecting: boolean): string {
  return connecting ? "Connecting…" : current ? "Connected" : "Connect";
}

function CreateGroup() {
  const failure = useSignal<string | undefined>(undefined);
  const sending = useSignal(false);

  async function onSubmit(event: SubmitEvent): Promise<void> {
    event.preventDefault();
    const form = event.currentTarget as HTMLFormElement;
    const name = String(new FormData(form).get("name") ?? "").trim();
    failure.value = name === ""
      ? "Give the group a name."
      : tooLong("A group's name", name, GROUP_NAME_MAX_CHARS);
    if (failure.value !== undefined || sending.value) return;
    sending.value = true;
    try {
      const id = await createGroup(name);
      form.reset();
      connect(id);
      drawerOpen.value = false;
    } catch (error) {
      failure.value = explain(error);
    }
    sending.value = false;
  }

  return (
    <form class="create-group" onSubmit={onSubmit} noValidate>
      <label for="group-name">New group</label>
      <div class="inline-form">
        <input
          id="group-name"
          class="input input-sm"
          name="name"
          placeholder="Group name"
          autocomplete="off"
          aria-invalid={failure.value !== undefined}
        />
        <button
          type="submit"
          class="btn btn-sm"
          aria-label="Create group"
          aria-disabled={sending.value}
        >
          Create
        </button>
      </div>
      <Failure text={failure.value} />
    </form>
  );
}
