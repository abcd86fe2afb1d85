/** One person's way through the product: account, group, todos, and coming back. */
import assert from "node:assert/strict";
import {
  addTodo,
  createGroup,
  freshName,
  hydrated,
  inBrowser,
  live,
  openWindow,
  PASSWORD,
  todo,
} from "./_browser.ts";
import { newcomer } from "./_people.ts";

Deno.test(
  "a newcomer registers, creates a group and makes, renames, completes and deletes todos",
  inBrowser(async (browser) => {
    const { page, watch } = await newcomer(browser, "ana");
    await createGroup(page, "Home");

    await addTodo(page, "Buy milk");
    await addTodo(page, "Call the plumber");
    await todo(page, "Call the plumber").waitFor();

    await todo(page, "Buy milk").getByRole("button", { name: "Buy milk", exact: true }).click();
    await page.getByLabel("Title").fill("Buy oat milk");
    await page.getByLabel("Title").press("Enter");
    await todo(page, "Buy oat milk").waitFor();

    await todo(page, "Buy oat milk").getByRole("checkbox").click();
    const done = page.getByRole("list", { name: "Completed todos" });
    await done.getByText("Buy oat milk").waitFor();
    await done.getByRole("checkbox").click();
    await page.getByRole("list", { name: "Open todos" }).getByText("Buy oat milk").waitFor();

    const row = todo(page, "Call the plumber");
    await row.hover();
    await row.getByRole("button", { name: "Delete Call the plumber" }).click();
    await row.waitFor({ state: "detached" });
    await page.getByRole("button", { name: "Undo" }).click();
    await row.waitFor();
    await row.hover();
    await row.getByRole("button", { name: "Delete Call the plumber" }).click();
    await row.waitFor({ state: "detached" });

    // What is shown after a reload comes from the server alone.
    await page.reload();
    await live(page);
    await todo(page, "Buy oat milk").waitFor();
    assert.equal(await todo(page, "Call the plumber").count(), 0);
    watch.assertClean();
  }),
);

Deno.test(
  "everything about a todo can be done with the keyboard",
  inBrowser(async (browser) => {
    const { page, watch } = await newcomer(browser, "kay");
    await createGroup(page, "Keys");
    await page.locator("body").press("c");
    await page.keyboard.type("First");
    await page.keyboard.press("Enter");
    await page.keyboard.type("Second");
    await page.keyboard.press("Enter");
    await todo(page, "First").waitFor();
    const title = (name: string) => page.getByRole("button", { name, exact: true });

    await title("Second").focus();
    await page.keyboard.press("ArrowDown");
    await page.keyboard.press("e");
    await page.keyboard.press("Control+a");
    await page.keyboard.type("First, renamed");
    await page.keyboard.press("Escape");
    await title("First").waitFor();
    await page.waitForFunction(() => document.activeElement?.textContent === "First");
    await page.keyboard.press("Enter");
    await page.keyboard.type("First, renamed");
    await page.keyboard.press("Enter");
    await title("First, renamed").waitFor();
    await page.waitForFunction(() => document.activeElement?.textContent === "First, renamed");
    await page.keyboard.press("d");
    await page.getByRole("list", { name: "Completed todos" }).getByText("First, renamed").waitFor();
    await title("Second").focus();
    await page.keyboard.press("Delete");
    await title("Second").waitFor({ state: "detached" });
    await page.locator("body").press("z");
    await title("Second").waitFor();
    watch.assertClean();
  }),
);

Deno.test(
  "texts may have as many emoji as the server takes, and what is longer is said and not cut",
  inBrowser(async (browser) => {
    const { page, watch } = await newcomer(browser, "emo");
    const party = (count: number) => "🎉".repeat(count);
    const name = page.getByLabel("New group");
    await name.fill(party(101));
    await name.press("Enter");
    const sidebar = page.getByRole("navigation", { name: "Groups" });
    await sidebar.getByText("A group's name has at most 100 characters: shorten it by 1.")
      .waitFor();
    assert.equal(await name.inputValue(), party(101));
    await createGroup(page, party(100));

    const field = page.getByLabel("New todo");
    await field.fill(party(503));
    await field.press("Enter");
    const said = (by: number) =>
      page.getByText(`A title has at most 500 characters: shorten it by ${by}.`);
    await said(3).waitFor();
    assert.equal(await field.inputValue(), party(503));
    assert.equal(await page.locator(".todo").count(), 0);
    await field.fill(party(500));
    await said(3).waitFor({ state: "detached" });
    await field.press("Enter");
    await todo(page, party(500)).waitFor();
    await page.locator('.todo[data-waiting="false"]').waitFor();

    await page.locator(".todo-title").click();
    const title = page.getByLabel("Title");
    await title.fill(`${party(500)}!`);
    await title.press("Enter");
    await said(1).waitFor();
    await field.focus();
    assert.equal(await title.inputValue(), `${party(500)}!`);
    await title.fill(`${party(499)}!`);
    await title.press("Enter");
    await todo(page, `${party(499)}!`).waitFor();
    await page.locator('.todo[data-waiting="false"]').waitFor();
    await page.reload();
    await live(page);
    await todo(page, `${party(499)}!`).waitFor();
    watch.assertClean();
  }),
);

Deno.test(
  "a command that the server refuses is taken back and says why, until it is discarded",
  inBrowser(async (browser) => {
    const { page, watch } = await newcomer(browser, "rea");
    await createGroup(page, "Refusals");
    await addTodo(page, "bell \u0007 rings");
    const row = page.getByRole("listitem").filter({ hasText: "rings" });
    await row.getByText(/must not contain control characters/).waitFor();
    await page.getByRole("alert").filter({ hasText: "was not added" }).waitFor();
    await row.getByRole("button", { name: "Retry" }).click();
    await row.getByText(/must not contain control characters/).waitFor();
    await row.getByRole("button", { name: "Discard" }).click();
    await row.waitFor({ state: "detached" });
    watch.assertClean(/422.*\/api\/v1\/command/);
  }),
);

Deno.test(
  "the login page says what is wrong where it is read, and moves nothing",
  inBrowser(async (browser) => {
    const { page, watch } = await openWindow(browser);
    await page.goto("/");
    await hydrated(page);
    const button = page.getByRole("button", { name: "Sign in" });
    const place = await button.boundingBox();
    await page.getByLabel("Username").fill(freshName("nobody"));
    await page.getByLabel("Password", { exact: true }).fill(PASSWORD);
    await button.click();
    const alert = page.getByRole("alert");
    await alert.getByText("No account has this name and password").waitFor();
    assert.ok(await alert.evaluate((element) => element === document.activeElement));
    assert.deepEqual(await button.boundingBox(), place);

    await page.getByRole("tab", { name: "Register" }).click();
    assert.equal(await page.getByRole("alert").count(), 0);
    await page.getByLabel("Username").fill(freshName("new"));
    await page.getByLabel("Password", { exact: true }).fill("short");
    await page.getByRole("button", { name: "Create account" }).click();
    await alert.getByText("at least 8 characters").waitFor();
    const field = page.getByLabel("Password", { exact: true });
    assert.equal(await field.getAttribute("type"), "password");
    await page.getByRole("button", { name: "Show password" }).click();
    assert.equal(await field.getAttribute("type"), "text");
    watch.assertClean(/401.*\/api\/v1\/auth\/login/);
  }),
);
