/** A reminder that fires while the app is open is shown to whoever looks at the group. */
import assert from "node:assert/strict";
import { newId } from "../../actors/protocol/mod.ts";
import { call, signIn } from "./_api.ts";
import { createGroup, inBrowser, todo } from "./_browser.ts";
import { newcomer } from "./_people.ts";

Deno.test(
  "a reminder that comes due is told at the edge of the page and in the feed",
  inBrowser(async (browser) => {
    const { page, watch, username } = await newcomer(browser, "ana");
    await createGroup(page, "Home");
    const token = await signIn(username);
    const { groups } = await call<{ groups: { group_id: string }[] }>("/api/v1/groups", token);
    const reminders = [{ id: "r", at: new Date(Date.now() + 1_500).toISOString() }];
    await call("/api/v1/command", token, {
      type: "todo.create",
      group_id: groups[0]?.group_id,
      payload: { todo_id: newId(), title: "Call the plumber", reminders },
    });
    await todo(page, "Call the plumber").waitFor();
    await page.getByRole("status").getByText("Reminder: “Call the plumber”").waitFor();
    const feed = page.getByRole("log", { name: "Events" });
    await feed.getByText("reminded of “Call the plumber”").waitFor();
    assert.equal(await feed.getByText("Todo-1M").count(), 1);
    watch.assertClean();
  }),
);
