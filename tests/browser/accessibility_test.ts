/** Every page in both themes against axe's rules, and what axe cannot see: reflow and targets. */
import assert from "node:assert/strict";
import axe from "axe-core";
import type { Page } from "playwright-core";
import {
  addMember,
  addTodo,
  connect,
  createGroup,
  freshName,
  hydrated,
  inBrowser,
  openWindow,
  register,
  todo,
} from "./_browser.ts";
import { newcomer } from "./_people.ts";

const TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"];

/** Fails when axe finds a violation in the page as it stands. */
async function assertAccessible(page: Page, state: string): Promise<void> {
  // Colours in transition are neither of the two they change between.
  await page.evaluate(() =>
    Promise.all(
      document.getAnimations().filter((each) =>
        each.effect?.getComputedTiming().iterations !== Infinity
      ).map((each) => each.finished.catch(() => undefined)),
    )
  );
  await page.evaluate(axe.source);
  const violations = await page.evaluate(async (tags) => {
    const { axe } = globalThis as unknown as { axe: typeof import("axe-core") };
    const result = await axe.run({ runOnly: { type: "tag", values: tags } });
    return result.violations.flatMap(({ id, nodes }) =>
      nodes.map((node) => `${id}: ${node.html.slice(0, 200)} ${node.failureSummary ?? ""}`)
    );
  }, TAGS);
  assert.deepEqual(violations, [], state);
}

/** Fails when the page has to be scrolled sideways (WCAG 1.4.10). */
async function assertReflows(page: Page, state: string): Promise<void> {
  const wide = await page.evaluate(() =>
    document.documentElement.scrollWidth - document.documentElement.clientWidth
  );
  assert.ok(wide <= 0, `${state}: ${wide} px too wide`);
}

for (const colorScheme of ["light", "dark"] as const) {
  Deno.test(
    `axe finds nothing on the login page in the ${colorScheme} theme`,
    inBrowser(async (browser) => {
      const { page, watch } = await openWindow(browser, { colorScheme });
      for (const path of ["/", "/login"]) {
        await page.goto(path);
        await hydrated(page);
        await assertAccessible(page, path);
      }
      await page.getByRole("button", { name: "Sign in" }).click();
      await page.getByRole("alert").waitFor();
      await assertAccessible(page, "with an error");
      await page.getByRole("tab", { name: "Register" }).click();
      await assertAccessible(page, "registering");
      watch.assertClean();
    }),
  );

  Deno.test(
    `axe finds nothing in any state of the app in the ${colorScheme} theme`,
    inBrowser(async (browser) => {
      const guest = await newcomer(browser, "guest");
      const { page, watch } = await newcomer(browser, "axe", { colorScheme });
      await page.getByRole("heading", { name: "Create your first group" }).waitFor();
      await assertAccessible(page, "without a group");
      await createGroup(page, "Everyone");
      await assertAccessible(page, "empty list");
      await addMember(page, guest.username, "admin");
      for (const title of ["One", "Two", "Three"]) await addTodo(page, title);
      await todo(page, "One").getByRole("checkbox").click();
      await todo(page, "Two").hover();
      await todo(page, "Two").getByRole("button", { name: "Delete Two" }).click();
      await assertAccessible(page, "list, feed and message");
      await todo(page, "Three").getByRole("button", { name: "Edit Three" }).click();
      await assertAccessible(page, "editing");
      await page.keyboard.press("Escape");
      await connect(guest.page, "Everyone");
      await todo(guest.page, "Three").getByRole("button", { name: "Edit Three" }).click();
      await todo(page, "Three").getByText(`${guest.username} is editing this`)
        .waitFor({ state: "attached" });
      await assertAccessible(page, "somebody else edits");
      await page.getByRole("button", { name: `${guest.username} is here` }).click();
      await page.locator("#here-now").getByText("editing “Three”").waitFor();
      await assertAccessible(page, "who is here");
      await page.keyboard.press("Escape");
      const filter = page.getByRole("textbox", { name: "Filter" });
      await filter.fill("title:three");
      await page.locator(".filter-count").getByText("1 of 2").waitFor();
      await assertAccessible(page, "filtering");
      await page.getByRole("button", { name: "How to filter" }).click();
      await assertAccessible(page, "examples of filters");
      await filter.fill("oat milk");
      await page.getByRole("button", { name: "Look for “oat milk”" }).waitFor();
      await assertAccessible(page, "no filter");
      await filter.fill("p1");
      await page.getByRole("heading", { name: "No todo matches" }).waitFor();
      await assertAccessible(page, "nothing matches");
      await page.getByRole("button", { name: "Clear filter" }).click();
      await page.getByRole("button", { name: /Members/ }).click();
      await assertAccessible(page, "members");
      await page.getByRole("button", { name: "Delete group…" }).click();
      await assertAccessible(page, "deleting");
      await page.keyboard.press("Escape");
      await page.getByRole("button", { name: /Account of/ }).click();
      await assertAccessible(page, "account menu");
      watch.assertClean();
    }),
  );
}

Deno.test(
  "the pages fit 320 pixels, and everything can be reached there",
  inBrowser(async (browser) => {
    const { page, watch } = await openWindow(browser, { width: 320, height: 640 });
    await page.goto("/login");
    await assertReflows(page, "login");
    await register(page, freshName("tiny"));
    await assertReflows(page, "without a group");
    await page.getByRole("button", { name: "Groups", exact: true }).click();
    await createGroup(page, "A group with quite a long name for such a small screen");
    await addTodo(page, "An_unbreakable_title_that_is_longer_than_the_screen_is_wide_for_sure");
    await todo(page, "An_unbreakable_title_that_is_longer_than_the_screen_is_wide_for_sure")
      .waitFor();
    await assertReflows(page, "list");
    await assertAccessible(page, "list");
    const filter = page.getByRole("textbox", { name: "Filter" });
    await filter.fill("a_word_that_is_no_condition_and_wider_than_the_screen");
    await page.getByRole("button", { name: /^Look for/ }).waitFor();
    await page.getByRole("button", { name: "How to filter" }).click();
    await assertReflows(page, "filter");
    await assertAccessible(page, "filter");
    await page.keyboard.press("Escape");
    await filter.press("Escape");
    await page.getByLabel("Show realtime feed").check();
    await page.getByRole("log").waitFor();
    await assertReflows(page, "feed");
    await assertAccessible(page, "feed");
    await page.getByRole("button", { name: "Hide realtime feed" }).click();
    await page.getByRole("button", { name: /Members/ }).click();
    await assertReflows(page, "members");
    await assertAccessible(page, "members");
    watch.assertClean();
  }),
);
