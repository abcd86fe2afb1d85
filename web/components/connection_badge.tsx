/** How fresh the page is: the state of the stream, and what has not been sent. */
import { status } from "../session/mod.ts";
import { connection, unsent } from "../store/mod.ts";

export function ConnectionBadge() {
  const { kind, text } = describe();
  return (
    <span class={`connection connection-${kind}`} role="status" data-state={kind}>
      <span class="dot" aria-hidden="true" />
      <span class="connection-text">{text}</span>
    </span>
  );
}

function describe(): { kind: string; text: string } {
  if (status.value === "signed-out") return { kind: "signed-out", text: "Signed out" };
  const waiting = unsent.value > 0 ? `, ${unsent.value} waiting` : "";
  const current = connection.value;
  switch (current.state) {
    case "live":
      return { kind: "live", text: `Live${waiting}` };
    case "connecting":
      return { kind: "connecting", text: "Connecting…" };
    case "reconnecting":
      return {
        kind: "reconnecting",
        text: `Reconnecting (attempt ${current.attempt})${waiting}`,
      };
    case "offline":
      return { kind: "offline", text: `Offline${waiting}` };
    case "signed-out":
      return { kind: "signed-out", text: "Signed out" };
    case "idle":
      return { kind: "idle", text: "Not connected" };
  }
}
