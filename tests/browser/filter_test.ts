/** The filter above the list: the language of the API, live in the window, and kind to who mistypes. */
import assert from "node:assert/strict";
import type { Page } from "playwright-core";
import { newId } from "../../actors/protocol/mod.ts";
import { call, signIn } from "./_api.ts";
import { addTodo, createGroup, inBrowser, live, todo } from "./_browser.ts";
import { newcomer, shareGroup, twoPeople } from "./_people.ts";

const box = (page: Page) => page.getByRole("textbox", { name: "Filter" });
const clear = (page: Page) => page.getByRole("button", { name: "Clear filter" });

/** Waits until exactly these todos are listed, in any order. */
async function listed(page: Page, ...titles: string[]): Promise<void> {
  const wanted = titles.toSorted();
  await page.waitForFunction((wanted) => {
    const shown = [...document.querySelectorAll(".todo-title")].map((each) => each.textContent);
    return JSON.stringify(shown.sort()) === JSON.stringify(wanted);
  }, wanted);
}

/** Waits until so many of all todos are said to be shown, to eyes and to ears. */
async function counted(page: Page, shown: number, all: number): Promise<void> {
  await page.locator(".filter-count").getByText(`${shown} of ${all}`, { exact: true }).waitFor();
  await page.getByRole("status").getByText(`${shown} of ${all} todos shown`).waitFor();
}

Deno.test(
  "a filter chooses by what the todos are, and follows what others do in other windows",
  inBrowser(async (browser) => {
    const { ana, ben } = await twoPeople(browser);
    await shareGroup({ ana, ben }, "Shared", "admin");
    const token = await signIn(ana.username);
    const { groups } = await call<{ groups: { group_id: string }[] }>("/api/v1/groups", token);
    const command = (type: string, payload: object) =>
      call("/api/v1/command", token, { type, group_id: groups[0]?.group_id, payload });
    const labels = [{ id: "home", name: "Home", color: "#3b5bdb" }];
    await command("group.update_labels", { labels });
    const flowers = newId();
    const fields = { title: "Order flowers", labels: ["home"], due: { date: "2020-02-29" } };
    await command("todo.create", { todo_id: flowers, ...fields });
    for (const title of ["Buy milk", "Call the band"]) await addTodo(ben.page, title);
    await listed(ana.page, "Order flowers", "Buy milk", "Call the band");

    await box(ana.page).fill("due<=today & !done & label:HOME");
    await listed(ana.page, "Order flowers");
    await counted(ana.page, 1, 3);
    await command("todo.update", { todo_id: flowers, labels: [] });
    await listed(ana.page);
    await ana.page.getByRole("heading", { name: "No todo matches" }).waitFor();
    await command("todo.update", { todo_id: flowers, labels: ["home"] });
    await listed(ana.page, "Order flowers");

    await box(ana.page).fill(`created_by:${ben.username} & !done | text:FLOWERS`);
    await listed(ana.page, "Order flowers", "Buy milk", "Call the band");
    await todo(ben.page, "Buy milk").getByRole("checkbox").click();
    await listed(ana.page, "Order flowers", "Call the band");
    await counted(ana.page, 2, 3);
    await addTodo(ben.page, "Print name tags");
    await listed(ana.page, "Order flowers", "Call the band", "Print name tags");
    // The other window has a filter of its own: none.
    await listed(ben.page, "Order flowers", "Call the band", "Print name tags", "Buy milk");
    ana.watch.assertClean();
    ben.watch.assertClean();
  }),
);

Deno.test(
  "what one does oneself counts before the server knows, and what the filter hides is said",
  inBrowser(async (browser) => {
    const { page, context, watch } = await newcomer(browser, "opt");
    await createGroup(page, "Optimistic");
    for (const title of ["One", "Two"]) await addTodo(page, title);
    await page.locator('.todo[data-waiting="false"]').nth(1).waitFor();
    await box(page).fill("!done & created:today & created_by:me");
    await counted(page, 2, 2);
    await context.setOffline(true);
    await todo(page, "One").getByRole("checkbox").click();
    await listed(page, "Two");
    await addTodo(page, "Three");
    await listed(page, "Two", "Three");
    await box(page).fill("status:done");
    await listed(page, "One");
    await addTodo(page, "Four");
    await page.getByText("“Four” was added. The filter hides it.").waitFor();
    await listed(page, "One");
    await context.setOffline(false);
    await live(page);
    await page.waitForFunction(() => document.querySelector('[data-waiting="true"]') === null);
    await clear(page).click();
    await listed(page, "One", "Two", "Three", "Four");
    watch.assertClean(/ERR_INTERNET_DISCONNECTED/);
  }),
);

Deno.test(
  "a todo whose title is being edited stays until that is over, whatever others make of it",
  inBrowser(async (browser) => {
    const { ana, ben } = await twoPeople(browser);
    await shareGroup({ ana, ben }, "Editing", "admin");
    for (const title of ["One", "Two"]) await addTodo(ana.page, title);
    await box(ana.page).fill("title:one");
    await listed(ana.page, "One");
    await todo(ana.page, "One").getByRole("button", { name: "One", exact: true }).click();
    const title = ana.page.getByLabel("Title");
    await title.fill("One, half writ");
    await todo(ben.page, "One").getByRole("button", { name: "One", exact: true }).click();
    await ben.page.getByLabel("Title").fill("Uno");
    await ben.page.getByLabel("Title").press("Enter");
    await ana.page.getByRole("log").getByText("Uno").first().waitFor();
    assert.equal(await title.inputValue(), "One, half writ");
    await title.press("Escape");
    await listed(ana.page);
    await clear(ana.page).click();
    await listed(ana.page, "Uno", "Two");
    ana.watch.assertClean();
    ben.watch.assertClean();
  }),
);

Deno.test(
  "a text that is no filter is told with its place while the last good one stays in effect",
  inBrowser(async (browser) => {
    const { page, watch } = await newcomer(browser, "typo");
    await createGroup(page, "Typing");
    for (const title of ["Buy oat milk", "Call the band"]) await addTodo(page, title);
    await box(page).fill("due<=todya & !done");
    const fault = page.locator("#filter-fault");
    await fault.getByText("At character 6: expected a day such as today").waitFor();
    await fault.getByText('did you mean "today"? All todos are shown.').waitFor();
    assert.equal(await box(page).getAttribute("aria-invalid"), "true");
    assert.equal(await box(page).getAttribute("aria-describedby"), "filter-fault");
    await listed(page, "Buy oat milk", "Call the band");

    await box(page).fill("title:band");
    await listed(page, "Call the band");
    await fault.waitFor({ state: "detached" });
    assert.equal(await box(page).getAttribute("aria-invalid"), "false");
    await box(page).fill("title:band & oat milk");
    await fault.getByText('At character 14: "oat" is no condition.').waitFor();
    await fault.getByText("The list still shows “title:band”.").waitFor();
    await listed(page, "Call the band");

    await box(page).fill("oat milk");
    await page.getByRole("button", { name: "Look for “oat milk”" }).click();
    assert.equal(await box(page).inputValue(), 'text:"oat milk"');
    await listed(page, "Buy oat milk");
    await box(page).fill("band");
    await box(page).press("Enter");
    await listed(page, "Call the band");
    await counted(page, 1, 2);
    watch.assertClean();
  }),
);

Deno.test(
  "the filter can be found, tried, cleared and left by keys, and by pressing examples",
  inBrowser(async (browser) => {
    const { page, watch } = await newcomer(browser, "keys");
    await createGroup(page, "Keys");
    for (const title of ["One", "Two"]) await addTodo(page, title);
    await todo(page, "One").getByRole("checkbox").click();
    await page.getByLabel("New todo").blur();
    await page.locator("body").press("f");
    const focused = () => page.evaluate(() => document.activeElement?.id);
    assert.equal(await focused(), "filter");
    await page.keyboard.type("done");
    await listed(page, "One");
    await page.keyboard.press("Escape");
    await listed(page, "One", "Two");
    assert.equal(await focused(), "filter");
    await page.keyboard.press("Escape");
    assert.notEqual(await focused(), "filter");

    await page.getByRole("button", { name: "How to filter" }).click();
    await page.getByRole("button", { name: "!done & created_by:me" }).click();
    assert.equal(await box(page).inputValue(), "!done & created_by:me");
    await listed(page, "Two");
    assert.equal(await page.locator("#filter-help").count(), 0);
    await box(page).blur();
    await page.locator("body").press("Shift+F");
    await listed(page, "One", "Two");

    await box(page).fill("p1");
    await page.getByRole("button", { name: "Show all todos" }).click();
    await listed(page, "One", "Two");
    assert.equal(await box(page).inputValue(), "");
    watch.assertClean();
  }),
);

Deno.test(
  "each group keeps its filter, the address carries it over a reload, and clearing takes it out",
  inBrowser(async (browser) => {
    const { page, watch } = await newcomer(browser, "keep");
    await createGroup(page, "First");
    for (const title of ["One", "Two"]) await addTodo(page, title);
    await page.locator('.todo[data-waiting="false"]').nth(1).waitFor();
    await box(page).fill("title:one & !done");
    await page.waitForURL((url) => url.searchParams.get("filter") === "title:one & !done");
    await createGroup(page, "Second");
    await page.waitForURL((url) => !url.searchParams.has("filter"));
    assert.equal(await box(page).inputValue(), "");
    await page.getByRole("button", { name: "Connect First" }).click();
    await listed(page, "One");
    await page.waitForURL((url) => url.searchParams.has("filter"));

    await page.reload();
    await live(page);
    await listed(page, "One");
    assert.equal(await box(page).inputValue(), "title:one & !done");
    await clear(page).click();
    await listed(page, "One", "Two");
    await page.waitForURL((url) => url.search === "");
    watch.assertClean();
  }),
);

Deno.test(
  "the language of filters is loaded when it is first asked for, and asked for again after a failure",
  inBrowser(async (browser) => {
    const { page, watch } = await newcomer(browser, "late");
    await createGroup(page, "Late");
    await addTodo(page, "One");
    const asked: string[] = [];
    let refuse = true;
    await page.route("**/assets/filter_text-*.js", async (route) => {
      asked.push(route.request().url());
      if (refuse) await route.abort("connectionreset");
      else await route.continue();
    });
    await page.reload();
    await live(page);
    await listed(page, "One");
    assert.deepEqual(asked, []);
    await box(page).fill("done");
    await page.getByText("The filter could not be loaded.").waitFor();
    await listed(page, "One");
    refuse = false;
    await box(page).fill("!done & title:x");
    await listed(page);
    assert.ok(asked.length >= 2, `${asked.length} requests`);
    watch.assertClean(/ERR_CONNECTION_RESET/);
  }),
);
