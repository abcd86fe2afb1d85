/** Who else is there: people see who looks at their group and who edits which todo, and nothing moves for it. */
import assert from "node:assert/strict";
import type { Page } from "playwright-core";
import { addTodo, inBrowser, live, todo } from "./_browser.ts";
import { shareGroup, twoPeople } from "./_people.ts";

/** Where the head's parts and the rows are: what must stay as people come and go. */
async function places(page: Page): Promise<string> {
  return await page.locator(".group-head, .quick-add, .todo, .todo-title").evaluateAll((parts) =>
    JSON.stringify(parts.map((part) => {
      const { x, y, width, height } = part.getBoundingClientRect();
      return [part.className, x, y, width, height];
    }))
  );
}

/** Whether the page is looked at, as its browser would tell it. */
async function look(page: Page, state: "visible" | "hidden"): Promise<void> {
  await page.evaluate((state) => {
    Object.defineProperty(document, "visibilityState", { configurable: true, get: () => state });
    document.dispatchEvent(new Event("visibilitychange"));
  }, state);
}

Deno.test(
  "people see who looks at the group and who edits which todo, until they stop or look elsewhere",
  inBrowser(async (browser) => {
    const { ana, ben } = await twoPeople(browser);
    await shareGroup({ ana, ben }, "Together", "admin");
    await addTodo(ana.page, "Of ana");
    await addTodo(ben.page, "Of ben");
    await ben.page.clock.install();
    await ben.page.reload();
    await live(ben.page);
    const here = ana.page.getByRole("button", { name: `${ben.username} is here` });
    await here.getByText(`${ben.username} is here`).waitFor();
    await todo(ana.page, "Of ben").waitFor();
    await ana.page.getByRole("log").getByText("Of ben").waitFor();
    const before = await places(ana.page);
    const mark = todo(ana.page, "Of ana").getByText(`${ben.username} is editing this`);
    assert.equal(await mark.count(), 0);

    await todo(ben.page, "Of ana").getByRole("button", { name: "Edit Of ana" }).click();
    await mark.waitFor({ state: "attached" });
    assert.equal(await places(ana.page), before, "nothing moves");
    assert.equal(await ben.page.locator(".editor").count(), 0, "oneself is not marked");
    await here.click();
    const list = ana.page.locator("#here-now");
    await list.getByText("editing “Of ana”").waitFor();
    await ben.page.keyboard.press("Escape");
    await mark.waitFor({ state: "detached" });
    await list.getByText("viewing").waitFor();
    await ana.page.keyboard.press("Escape");
    await list.waitFor({ state: "hidden" });

    const mine = ben.page.getByRole("button", { name: `${ana.username} is here` });
    await mine.waitFor();
    await look(ben.page, "hidden");
    await ben.page.clock.fastForward(6_000);
    await here.waitFor({ state: "detached" });
    assert.equal(await places(ana.page), before, "nothing moves");
    await addTodo(ana.page, "Meanwhile");
    await todo(ben.page, "Meanwhile").waitFor();
    await look(ben.page, "visible");
    await here.waitFor();
    await ben.context.close();
    await here.waitFor({ state: "detached" });
    ana.watch.assertClean();
  }),
);
