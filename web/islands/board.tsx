/** The connected group's todos, or what to do when there is none. */
import { EmptyPicture } from "../components/empty_picture.tsx";
import { FilterBox } from "../components/filter_box.tsx";
import { Icon } from "../components/icon.tsx";
import { GroupHead } from "../components/group_head.tsx";
import { MembersDialog } from "../components/members_dialog.tsx";
import { QuickAdd } from "../components/quick_add.tsx";
import { TodoList } from "../components/todo_list.tsx";
import { connectedGroup, drawerOpen, groups, model } from "../store/mod.ts";

export function Board() {
  return (
    <main id="main" class="board" tabIndex={-1}>
      <div class="column">
        <Content />
      </div>
      <MembersDialog />
    </main>
  );
}

function Content() {
  if (connectedGroup.value === undefined) return <NoGroup />;
  return (
    <>
      <GroupHead />
      <QuickAdd />
      <FilterBox />
      {model.value.confirmed || model.value.pending.length > 0 ? <TodoList /> : <Loading />}
    </>
  );
}

function Loading() {
  return (
    <div class="rows" aria-busy="true" role="status" aria-label="Loading todos">
      {[1, 2, 3, 4, 5].map((n) => <div key={n} class="skeleton skeleton-row" />)}
    </div>
  );
}

function NoGroup() {
  const list = groups.value;
  if (list.state === "loading") {
    return (
      <div class="state" aria-busy="true">
        <div class="skeleton skeleton-title" />
        <div class="skeleton skeleton-row" />
        <div class="skeleton skeleton-row" />
      </div>
    );
  }
  const none = list.state === "ready" && list.groups.length === 0;
  return (
    <div class="state">
      <EmptyPicture />
      <h1>{none ? "Create your first group" : "Pick a group"}</h1>
      <p>
        {none
          ? "A group is a list you share. Give it a name, add people, and everyone sees each change as it happens."
          : "Press Connect beside a group to open its list and see every change as it happens."}
      </p>
      <button
        type="button"
        class="btn btn-primary"
        onClick={() => {
          drawerOpen.value = true;
          requestAnimationFrame(() => {
            document.querySelector<HTMLElement>(none ? "#group-name" : ".connect")?.focus();
          });
        }}
      >
        <Icon name={none ? "plus" : "users"} /> {none ? "New group" : "Show groups"}
      </button>
    </div>
  );
}
