/** The tabs of a browser share one stream of the server: it goes on when the tab that holds it is gone. */
import assert from "node:assert/strict";
import type { BrowserContext, Page } from "playwright-core";
import { pause } from "../../actors/platform/mod.ts";
import { call, signIn } from "./_api.ts";
import { addTodo, connect, createGroup, edgeUrl, inBrowser, live, todo } from "./_browser.ts";
import { newcomer, shareGroup, twoPeople } from "./_people.ts";

/** How many streams somebody has, as whoever would open one more is told. */
async function streamsOf(username: string): Promise<() => Promise<number>> {
  const token = await signIn(username);
  const { groups: [group] } = await call<{ groups: { group_id: string }[] }>(
    "/api/v1/groups",
    token,
  );
  assert.ok(group);
  return async () => {
    const { headers } = await fetch(`${edgeUrl()}/events?group_id=${group.group_id}`, {
      method: "HEAD",
      headers: { authorization: `Bearer ${token}` },
    });
    const number = (field: string, pattern: RegExp) =>
      Number(pattern.exec(headers.get(field) ?? "")?.[1]);
    const left = number("ratelimit", /"streams";r=(\d+)/);
    return number("ratelimit-policy", /"streams";q=(\d+)/) - left;
  };
}

/** Waits until there are `count` streams; what is opened anew is both for a moment. */
async function assertStreams(streams: () => Promise<number>, count: number): Promise<void> {
  const seen: number[] = [];
  while (seen.length < 60) {
    seen.push(await streams());
    if (seen.slice(-2).every((each) => each === count) && seen.length > 1) return;
    await pause(50);
  }
  assert.fail(`${count} streams, not ${seen.slice(-5).join(", ")}`);
}

/** The tab that opened the last stream of `context`. */
function noteLeader(context: BrowserContext): { readonly page: () => Page | undefined } {
  let last: Page | undefined;
  context.on("request", (request) => {
    if (request.url().includes("/events?")) last = request.frame().page();
  });
  return { page: () => last };
}

async function openTab(context: BrowserContext): Promise<Page> {
  const page = await context.newPage();
  await page.goto("/app");
  await live(page);
  return page;
}

/** What the feed says of `titles`, oldest first. */
async function feedOf(page: Page, titles: RegExp): Promise<string[]> {
  const lines = await page.getByRole("log").locator(".feed-item .quote").allTextContents();
  return lines.filter((line) => titles.test(line)).reverse();
}

Deno.test(
  "tabs of one or several groups share a stream, and no event is missed when the one that holds it crashes or freezes",
  inBrowser(async (browser) => {
    const { ana, ben } = await twoPeople(browser);
    await createGroup(ana.page, "Beside");
    await shareGroup({ ana, ben }, "Shared");
    const streams = await streamsOf(ana.username);
    const leader = noteLeader(ana.context);
    const [second, third] = [await openTab(ana.context), await openTab(ana.context)];
    await connect(third, "Beside");
    await addTodo(third, "Of another group");
    await todo(third, "Of another group").waitFor();
    await assertStreams(streams, 1);
    assert.equal(leader.page(), ana.page, "the first tab holds the stream");

    await addTodo(ben.page, "Event 1");
    for (const page of [ana.page, second]) await todo(page, "Event 1").waitFor();
    const crash = await ana.context.newCDPSession(ana.page);
    const crashed = ana.page.waitForEvent("crash");
    // No answer comes from a tab that is gone.
    void crash.send("Page.crash").catch(() => {});
    for (let n = 2; n <= 5; n++) await addTodo(ben.page, `Event ${n}`);
    await crashed;
    await todo(second, "Event 5").waitFor();
    await addTodo(third, "After the crash");
    await todo(third, "After the crash").waitFor();
    await third.locator('[data-waiting="true"]').waitFor({ state: "detached" });
    await assertStreams(streams, 1);

    const holder = leader.page();
    assert.ok(holder === second || holder === third);
    const follower = holder === second ? third : second;
    const group = await follower.getByRole("heading", { level: 1 }).textContent();
    // Both show the same group from here on.
    await connect(group === "Beside" ? follower : holder, "Shared");
    // As the browser does before it lets a tab do nothing any more.
    await holder.evaluate(() => document.dispatchEvent(new Event("freeze")));
    for (let n = 6; n <= 9; n++) await addTodo(ben.page, `Event ${n}`);
    await todo(follower, "Event 9").waitFor();
    assert.equal(leader.page(), follower);
    assert.equal(await todo(holder, "Event 9").count(), 0);
    await holder.evaluate(() => document.dispatchEvent(new Event("resume")));
    await todo(holder, "Event 9").waitFor();
    await addTodo(ben.page, "Event 10");
    for (const page of [follower, holder]) await todo(page, "Event 10").waitFor();
    await assertStreams(streams, 1);
    const events = Array.from({ length: 10 }, (_, n) => `“Event ${n + 1}”`);
    assert.deepEqual(await feedOf(second, /Event/), events, "each once, in order");

    await follower.getByRole("button", { name: /Account of/ }).click();
    await follower.getByRole("button", { name: "Log out" }).click();
    await Promise.all([second, third].map((page) => page.waitForURL("**/login")));
    await assertStreams(streams, 0);
    // A tab that has crashed cannot be asked what the content policy blocked.
    await ana.context.close();
    ben.watch.assertClean();
  }),
);

Deno.test(
  "where a browser has no locks, each tab has a stream of its own",
  inBrowser(async (browser) => {
    const { page, context, watch, username } = await newcomer(browser, "old");
    await createGroup(page, "Alone");
    const streams = await streamsOf(username);
    await context.addInitScript(() =>
      Object.defineProperty(navigator, "locks", { value: undefined })
    );
    await page.reload();
    await live(page);
    const other = await openTab(context);
    await addTodo(other, "Seen by both");
    await todo(page, "Seen by both").waitFor();
    await assertStreams(streams, 2);
    watch.assertClean();
  }),
);
