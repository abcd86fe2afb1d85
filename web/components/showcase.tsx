/** A still of the product beside the login card. Decoration only: it is hidden from assistive tools. */
import { Avatar } from "./avatar.tsx";
import { Icon } from "./icon.tsx";

const ROWS = [
  { title: "Book the venue for the launch", by: "mia", done: false, hot: true },
  { title: "Send the invitations", by: "ben", done: false, hot: false },
  { title: "Order flowers", by: "zoe", done: false, hot: false },
  { title: "Agree on the menu", by: "mia", done: true, hot: false },
  { title: "Write the press note", by: "ben", done: true, hot: false },
];

const LINES = [
  { by: "mia", text: "added “Book the venue for the launch”" },
  { by: "ben", text: "completed “Write the press note”" },
  { by: "zoe", text: "joined as member" },
];

export function Showcase() {
  return (
    <div class="showcase" aria-hidden="true">
      <div class="show-card">
        <div class="show-head">
          <b>Launch party</b>
          <span class="connection connection-live">
            <span class="dot" />Live
          </span>
        </div>
        {ROWS.map(({ title, by, done, hot }) => (
          <div key={title} class="show-row" data-done={done} data-hot={hot}>
            <span class="show-check">{done && <Icon name="check" size={12} />}</span>
            <span class="show-title">{title}</span>
            <Avatar id={by} name={by} />
          </div>
        ))}
      </div>
      <div class="show-card show-feed">
        {LINES.map(({ by, text }) => (
          <div key={text} class="show-line">
            <Avatar id={by} name={by} />
            <span>
              <b>{by}</b> {text}
            </span>
          </div>
        ))}
      </div>
    </div>
  );
}
