/** What everyone in the group does, as it happens, in sentences. */
import { Avatar } from "../components/avatar.tsx";
import { Icon } from "../components/icon.tsx";
import { feedShown, user } from "../session/mod.ts";
import { connectedGroup, feed, type FeedItem, names, type Phrase } from "../store/mod.ts";

export function FeedPanel() {
  const shown = feedShown.value && connectedGroup.value !== undefined;
  return (
    <aside class="feed" hidden={!shown} aria-label="Realtime feed">
      <div class="feed-head">
        <h2>Realtime feed</h2>
        <button
          type="button"
          class="btn btn-ghost btn-xs btn-square"
          aria-label="Hide realtime feed"
          title="Hide"
          onClick={() => feedShown.value = false}
        >
          <Icon name="x" size={14} />
        </button>
      </div>
      {feed.value.length === 0 && (
        <p class="hint">Live from now on. What people do in this group shows up here.</p>
      )}
      <div class="feed-items" role="log" aria-live="polite" aria-label="Events" tabIndex={0}>
        {feed.value.map((item) => <Line key={item.id} item={item} />)}
      </div>
    </aside>
  );
}

const timeOfDay = new Intl.DateTimeFormat(undefined, {
  hour: "2-digit",
  minute: "2-digit",
});

function Line({ item }: { item: FeedItem }) {
  return (
    <div class="feed-item">
      <Avatar id={item.actor} name={names.value.get(item.actor)} />
      <p>
        <b>{nameOf(item.actor)}</b> {item.phrases.map(Words)}{" "}
        <time dateTime={item.at}>{timeOfDay.format(new Date(item.at))}</time>
      </p>
    </div>
  );
}

function Words(phrase: Phrase) {
  if (typeof phrase === "string") return phrase;
  return "quote" in phrase
    ? <span class="quote">“{phrase.quote}”</span>
    : <b>{nameOf(phrase.user)}</b>;
}

function nameOf(userId: string): string {
  if (userId === user.value?.user_id) return "You";
  return names.value.get(userId) ?? "Someone";
}
