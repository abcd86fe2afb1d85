/** Two people in two windows: what one does, the other sees, fast. */
import assert from "node:assert/strict";
import type { Page } from "playwright-core";
import { addMember, addTodo, connect, createGroup, inBrowser, todo } from "./_browser.ts";
import { shareGroup, twoPeople } from "./_people.ts";

const TODOS = 200;
const P95_MS = 250;
/** Whatever else a machine does adds to a delay and never takes from it: the best round says what the app does. */
const ROUNDS = 3;

/** Tells when the line of a todo first stands in this page's document. */
async function noteArrivals(page: Page): Promise<{ of: (title: string) => Promise<number> }> {
  const arrivals = new Map<string, PromiseWithResolvers<number>>();
  const arrival = (title: string) => {
    const known = arrivals.get(title) ?? Promise.withResolvers<number>();
    arrivals.set(title, known);
    return known;
  };
  await page.exposeFunction("arrived", (title: string, at: number) => arrival(title).resolve(at));
  await page.evaluate(() => {
    const { arrived } = globalThis as unknown as { arrived: (title: string, at: number) => void };
    new MutationObserver((changes) => {
      const at = performance.timeOrigin + performance.now();
      for (const { addedNodes } of changes) {
        for (const node of addedNodes) {
          const title = node instanceof Element && node.querySelector(".todo-title")?.textContent;
          if (title) arrived(title, at);
        }
      }
    }).observe(document.body, { childList: true, subtree: true });
  });
  return { of: (title) => arrival(title).promise };
}

/** Notes when this page's user presses Enter in the field for new todos. */
async function noteKeys(page: Page): Promise<void> {
  await page.evaluate(() => {
    const pressed: number[] = [];
    Object.assign(globalThis, { pressed });
    addEventListener("keydown", (event) => {
      if (event.key === "Enter") pressed.push(performance.timeOrigin + performance.now());
    }, { capture: true });
  });
}

/** Makes todos one after the other on `page`; how long each took to arrive, in milliseconds. */
async function makeTodos(
  page: Page,
  arrivals: { readonly of: (title: string) => Promise<number> },
  round: string,
): Promise<number[]> {
  await page.evaluate(() => {
    (globalThis as unknown as { pressed: number[] }).pressed.length = 0;
  });
  await page.getByLabel("New todo").focus();
  const arrived: number[] = [];
  for (let n = 1; n <= TODOS; n++) {
    await page.keyboard.insertText(`${round}, todo ${n}`);
    await page.keyboard.press("Enter");
    arrived.push(await arrivals.of(`${round}, todo ${n}`));
  }
  const pressed = await page.evaluate(() =>
    (globalThis as unknown as { pressed: number[] }).pressed
  );
  return arrived.map((at, index) => at - (pressed[index] ?? NaN));
}

function percentile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.ceil(sorted.length * share) - 1)] ?? NaN;
}

Deno.test(
  `of ${TODOS} todos made in one window, 95 % are in the other within ${P95_MS} ms`,
  inBrowser(async (browser) => {
    // Two browsers would hide nothing of each other; two contexts share no storage either.
    const { ana, ben } = await twoPeople(browser);
    const arrivals = await noteArrivals(ben.page);
    await noteKeys(ana.page);
    const p95s: number[] = [];
    while (p95s.length < ROUNDS && !p95s.some((p95) => p95 <= P95_MS)) {
      const round = `Round ${p95s.length + 1}`;
      await shareGroup({ ana, ben }, round);
      const latencies = await makeTodos(ana.page, arrivals, round);
      assert.equal(latencies.length, TODOS);
      assert.ok(latencies.every((ms) => ms > 0), "every todo arrived after it was made");
      const [p50, p95, max] = [0.5, 0.95, 1].map((share) => percentile(latencies, share));
      console.log(
        `Key pressed in one window to row in the other, ${TODOS} todos: ` +
          `p50 ${p50?.toFixed(1)} ms, p95 ${p95?.toFixed(1)} ms, max ${max?.toFixed(1)} ms`,
      );
      p95s.push(p95 ?? NaN);
    }
    assert.ok(p95s.some((p95) => p95 <= P95_MS), `p95 of each round: ${p95s.join(", ")} ms`);
    ana.watch.assertClean();
    ben.watch.assertClean();
  }),
);

Deno.test(
  "the feed tells what others do, names them, and remembers whether it is shown",
  inBrowser(async (browser) => {
    const { ana, ben } = await twoPeople(browser);
    await shareGroup({ ana, ben }, "Feeds");
    const feed = ana.page.getByRole("log");
    await feed.getByText(`You added ${ben.username} as member`).waitFor();
    await addTodo(ben.page, "Water the plants");
    await feed.getByText(`${ben.username} added “Water the plants”`).waitFor();
    await todo(ana.page, "Water the plants").getByRole("checkbox").click();
    await ben.page.getByRole("log").getByText(`${ana.username} completed “Water the plants”`)
      .waitFor();

    const toggle = ana.page.getByLabel("Show realtime feed");
    assert.equal(await toggle.isChecked(), true);
    await toggle.uncheck();
    await feed.waitFor({ state: "hidden" });
    await ana.page.reload();
    await ana.page.getByRole("heading", { level: 1, name: "Feeds" }).waitFor();
    assert.equal(await toggle.isChecked(), false);
    await toggle.check();
    await feed.waitFor();
    ana.watch.assertClean();
    ben.watch.assertClean();
  }),
);

Deno.test(
  "roles take effect in the other window at once, and leaving closes the group there",
  inBrowser(async (browser) => {
    const { ana, ben } = await twoPeople(browser);
    await createGroup(ana.page, "Roles");
    await addTodo(ana.page, "Of ana");
    await addMember(ana.page, ben.username);
    await connect(ben.page, "Roles");
    const row = todo(ben.page, "Of ana");
    await row.waitFor();
    assert.equal(await row.getByRole("checkbox").getAttribute("aria-disabled"), "true");
    const why = ben.page.getByRole("status").filter({ hasText: "Only its author, an admin" });
    for (const control of [row.getByRole("checkbox"), row.getByRole("button")]) {
      // Such a control takes no part in what a test would call a click; for a person it does.
      await control.click({ force: true });
      await why.waitFor();
      assert.equal(await row.getByRole("checkbox").isChecked(), false);
      await why.getByRole("button", { name: "Dismiss" }).click();
      await why.waitFor({ state: "detached" });
    }

    await ana.page.getByRole("button", { name: /Members/ }).click();
    const dialog = ana.page.getByRole("dialog");
    await dialog.getByLabel(`Role of ${ben.username}`).selectOption("admin");
    await ben.page.locator('.check:not([aria-disabled="true"])').waitFor();
    await row.getByRole("checkbox").click();
    await ana.page.getByRole("list", { name: "Completed todos" }).getByText("Of ana").waitFor();

    await dialog.getByRole("button", { name: `Remove ${ben.username}` }).click();
    await ben.page.getByText("You are no longer a member of “Roles”.").waitFor();
    await ben.page.getByRole("heading", { name: "Create your first group" }).waitFor();
    ana.watch.assertClean();
    ben.watch.assertClean();
  }),
);

Deno.test(
  "a deleted group closes in every window, after it was asked for twice",
  inBrowser(async (browser) => {
    const { ana, ben } = await twoPeople(browser);
    await shareGroup({ ana, ben }, "Short-lived", "admin");
    await ana.page.getByRole("button", { name: /Members/ }).click();
    const dialog = ana.page.getByRole("dialog");
    await dialog.getByRole("button", { name: "Delete group…" }).click();
    await dialog.getByRole("button", { name: "Delete group", exact: true }).click();
    for (const { page, watch } of [ana, ben]) {
      await page.getByText("“Short-lived” was deleted.").waitFor();
      await page.getByRole("heading", { name: "Create your first group" }).waitFor();
      watch.assertClean();
    }
  }),
);

Deno.test(
  "a group one was added to turns up within 15 s for who has none, and when the window is looked at",
  inBrowser(async (browser) => {
    const { ana, ben } = await twoPeople(browser);
    await ben.page.clock.install();
    await ben.page.reload();
    await ben.page.getByText("You are in no group yet").waitFor();
    await createGroup(ana.page, "First");
    await addMember(ana.page, ben.username);
    await ben.page.clock.fastForward(15_000);
    await ben.page.getByRole("button", { name: "Connect First" }).waitFor();

    await createGroup(ana.page, "Second");
    await addMember(ana.page, ben.username);
    await ben.page.evaluate(() => dispatchEvent(new Event("focus")));
    await ben.page.getByRole("button", { name: "Connect Second" }).waitFor();
    ana.watch.assertClean();
    ben.watch.assertClean();
  }),
);
