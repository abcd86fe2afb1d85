import assert from "node:assert/strict";
import { type GroupEvent, SYSTEM_ACTOR } from "../../actors/protocol/plain/mod.ts";
import { type FeedItem, feedItem, remindersIn } from "./feed.ts";
import { event, start } from "./_testing.ts";

const NAMES: Readonly<Record<string, string>> = {
  "u-me": "ana",
  "u-other": "ben",
  [SYSTEM_ACTOR]: "Todo-1M",
};

function text(item: FeedItem): string {
  const words = item.phrases.map((phrase) =>
    typeof phrase === "string"
      ? phrase
      : "quote" in phrase
      ? `“${phrase.quote}”`
      : NAMES[phrase.user]
  );
  return `${NAMES[item.actor]} ${words.join("")}`;
}

const created = event(2, "c1", { create: ["t1", "Buy milk"] });

/** `created` with other content: what the sentence is made of. */
function other(type: string, data: unknown): GroupEvent {
  return { ...created, type: `com.todo1m.${type}`, data } as GroupEvent;
}

const reminder = {
  ...other("reminder.fired", { todo_id: "t1", reminder_id: "r", at: "2026-03-02T09:00:00.000Z" }),
  authid: SYSTEM_ACTOR,
} as GroupEvent;

const cases: readonly (readonly [event: GroupEvent, told: string])[] = [
  [created, "ana added “Buy milk”"],
  [event(3, "c2", { complete: "t1", by: "u-other" }), "ben completed “Buy milk”"],
  [event(3, "c2", { rename: ["t1", "Buy oat milk"] }), "ana renamed “” to “Buy oat milk”"],
  [other("todo.reopened", { todo_id: "gone", changes: {} }), "ana reopened a todo"],
  [other("member.added", { user_id: "u-other", role: "admin" }), "ana added ben as admin"],
  [other("member.added", { user_id: "u-me", role: "owner" }), "ana joined as owner"],
  [
    other("member.role_changed", { user_id: "u-other", from: "member", to: "admin" }),
    "ana made ben an admin",
  ],
  [
    other("member.removed", { user_id: "u-me", role: "member", joined_at: "" }),
    "ana left the group",
  ],
  [
    other("member.removed", { user_id: "u-other", role: "member", joined_at: "" }),
    "ana removed ben",
  ],
  [
    other("group.updated", { changes: { name: { to: "Home" } } }),
    "ana renamed the group to “Home”",
  ],
  [other("group.deleted", { undoes: "c0" }), "ana deleted the group (undo)"],
  [reminder, "Todo-1M reminded of “Buy milk”"],
  [other("rocket.launched", {}), "ana changed something"],
];

for (const [given, told] of cases) {
  Deno.test(`the feed tells ${given.type} as: ${told}`, () => {
    assert.equal(text(feedItem(given, start([created]))), told);
  });
}

Deno.test("a reminder that fires says which todo it is about, everything else says nothing", () => {
  const state = start([created]);
  assert.deepEqual(remindersIn([created, reminder], state), ["Reminder: “Buy milk”"]);
  assert.deepEqual(remindersIn([reminder], start()), []);
});
