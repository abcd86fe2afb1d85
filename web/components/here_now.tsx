/** Who else looks at the group: faces in its head, names and what they do behind them. */
import { nameOf, nameSome, others, type Present, rows } from "../store/mod.ts";
import { Avatar } from "./avatar.tsx";
import { Icon } from "./icon.tsx";

const FACES = 4;

export function HereNow() {
  const { count, listed } = others.value;
  if (count === 0) return null;
  const everybody = nameSome(listed.map(({ user_id }) => nameOf(user_id)), count);
  const [first] = listed;
  return (
    <>
      <button type="button" class="here" popovertarget="here-now" title={`Here now: ${everybody}`}>
        <span class="faces" aria-hidden="true">
          {listed.slice(0, FACES).map((one) => <Face key={one.user_id} present={one} />)}
        </span>
        <span class="here-text">
          {count === 1 && first
            ? `${nameOf(first.user_id)} is here`
            : `${format(count)} others here`}
        </span>
        {count > 1 && <span class="sr-only">: {everybody}</span>}
      </button>
      <div id="here-now" class="popover here-list" popover="auto">
        <h2>Here now</h2>
        <ul>{listed.map((one) => <Line key={one.user_id} present={one} />)}</ul>
        {count > listed.length && (
          <p class="hint">
            {listed.length > 0 ? "and " : ""}
            {format(count - listed.length)} {listed.length > 0 ? "more" : "people"}
          </p>
        )}
      </div>
    </>
  );
}

function format(count: number): string {
  return count.toLocaleString("en");
}

function Face({ present: { user_id, state } }: { present: Present }) {
  return (
    <span class="face" data-editing={state === "editing"}>
      <Avatar id={user_id} name={nameOf(user_id)} />
      {state === "editing" && <Icon name="pencil" size={9} />}
    </span>
  );
}

function Line({ present }: { present: Present }) {
  return (
    <li>
      <Avatar id={present.user_id} name={nameOf(present.user_id)} />
      <span class="here-name">{nameOf(present.user_id)}</span>
      <span class="here-doing">{doing(present)}</span>
    </li>
  );
}

function doing({ state, todo_id }: Present): string {
  if (state === "viewing") return "viewing";
  const title = rows.value.find(({ id }) => id === todo_id)?.title;
  return title === undefined ? "editing" : `editing “${title}”`;
}
