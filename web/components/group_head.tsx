/** Name of the connected group, who is there, its people, and the switch of the feed. */
import { HereNow } from "./here_now.tsx";
import { Icon } from "./icon.tsx";
import { feedShown } from "../session/mod.ts";
import { groupName, members, membersOpen, rows } from "../store/mod.ts";

export function GroupHead() {
  const open = rows.value.filter((row) => !row.completed).length;
  const people = members.value.length;
  return (
    <div class="group-head">
      <div class="group-title">
        <h1 title={groupName.value}>{groupName.value || "…"}</h1>
        <div class="group-facts">
          <p class="count">{open === 1 ? "1 open todo" : `${open} open todos`}</p>
          <HereNow />
        </div>
      </div>
      <label class="switch-label">
        <input
          type="checkbox"
          class="switch"
          checked={feedShown.value}
          onChange={(event) => feedShown.value = event.currentTarget.checked}
        />
        Show realtime feed
      </label>
      <button
        type="button"
        class="btn btn-sm people"
        aria-haspopup="dialog"
        onClick={() => membersOpen.value = true}
      >
        <Icon name="users" size={14} />
        Members
        <span class="number">{people}</span>
      </button>
    </div>
  );
}
