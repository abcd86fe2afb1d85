/** Name of the connected group, its people, and the switch of the feed. */
import { Avatar } from "./avatar.tsx";
import { Icon } from "./icon.tsx";
import { feedShown } from "../session/mod.ts";
import { groupName, members, membersOpen, names, rows } from "../store/mod.ts";

const FACES = 4;

export function GroupHead() {
  const open = rows.value.filter((row) => !row.completed).length;
  const people = members.value;
  return (
    <div class="group-head">
      <div class="group-title">
        <h1 title={groupName.value}>{groupName.value || "…"}</h1>
        <p class="count">{open === 1 ? "1 open todo" : `${open} open todos`}</p>
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
        <span class="faces" aria-hidden="true">
          {people.slice(0, FACES).map(({ user_id }) => (
            <Avatar key={user_id} id={user_id} name={names.value.get(user_id)} />
          ))}
        </span>
        <Icon name="users" size={14} />
        Members
        <span class="number">{people.length}</span>
      </button>
    </div>
  );
}
