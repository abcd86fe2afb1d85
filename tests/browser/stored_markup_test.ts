/**
 * Text with markup wherever people write it, shown by a real browser: as it comes live, as it is there when the
 * app opens, and in the HTML that the server makes. It is shown as typed, runs nothing and loads nothing.
 */
import assert from "node:assert/strict";
import type { Page } from "playwright-core";
import { COLUMNS_PER_GROUP } from "../../actors/protocol/mod.ts";
import { eachAtOnce } from "../support/each_at_once.ts";
import { MARKUP_PAYLOADS } from "../support/markup_payloads.ts";
import { call, signIn } from "./_api.ts";
import { createGroup, edgeUrl, inBrowser, live, openWindow } from "./_browser.ts";
import { newcomer } from "./_people.ts";

const TEXTS = [...MARKUP_PAYLOADS].sort();

/** What a text that runs takes to do so, at most. */
const SETTLE_MS = 50;
const PAGES_AT_ONCE = 4;

interface Command {
  readonly type: string;
  readonly payload: object;
}

/** Todos of every text, with it in each of their fields. */
const TODOS: readonly Command[] = MARKUP_PAYLOADS.map((text, i) => ({
  type: "todo.create",
  payload: {
    todo_id: `t${i}`,
    title: text,
    description: text,
    checklist: [{ id: "c", text, done: false }],
  },
}));

/** What else takes text: comments, labels, columns. */
const OTHERS: readonly Command[] = [
  {
    type: "group.update_labels",
    payload: {
      labels: MARKUP_PAYLOADS.map((name, i) => ({ id: `l${i}`, name, color: "#3b5bdb" })),
    },
  },
  {
    type: "group.update_columns",
    payload: {
      columns: MARKUP_PAYLOADS.slice(0, COLUMNS_PER_GROUP).map((title, i) => ({
        // Those that every group begins with stay.
        id: ["todo", "doing", "done"][i] ?? `c${i}`,
        title,
      })),
    },
  },
  ...MARKUP_PAYLOADS.map((text, i) => ({
    type: "comment.add",
    payload: { todo_id: `t${i}`, text },
  })),
];

/** Commands for a group, all in one commit. */
async function commit(token: string, group_id: string, commands: readonly Command[]) {
  await call("/api/v1/commands", token, {
    atomic: true,
    commands: commands.map((command) => ({ ...command, group_id })),
  });
}

/** Whether a text has run in the page or a frame of it. */
async function hasRun(page: Page): Promise<boolean> {
  const set = await Promise.all(
    page.frames().map((frame) => frame.evaluate(() => Reflect.has(globalThis, "canary"))),
  );
  return set.includes(true);
}

/** Fails when something of the page has run, opened a dialog, or asked another server. */
function watchHarm(page: Page): { assertNone: () => Promise<void> } {
  const dialogs: string[] = [];
  const elsewhere: string[] = [];
  page.on("dialog", async (dialog) => {
    dialogs.push(dialog.message());
    await dialog.dismiss();
  });
  page.on("request", (request) => {
    if (!request.url().startsWith(edgeUrl())) elsewhere.push(request.url());
  });
  const assertNone = async () => {
    assert.equal(await hasRun(page), false);
    assert.deepEqual({ dialogs, elsewhere }, { dialogs: [], elsewhere: [] });
  };
  return { assertNone };
}

/** The texts of all elements that `selector` finds, sorted. */
async function textsOf(page: Page, selector: string): Promise<string[]> {
  return (await page.locator(selector).allTextContents()).sort();
}

const quoted = (texts: readonly string[]) => texts.map((text) => `“${text}”`).sort();

Deno.test(
  "markup in texts is shown as typed when it comes live, and when the app opens",
  inBrowser(async (browser) => {
    const { page, watch, username } = await newcomer(browser, "ana");
    const harm = watchHarm(page);
    await createGroup(page, "Home");
    const token = await signIn(username);
    const { groups: [home] } = await call<{ groups: { group_id: string }[] }>(
      "/api/v1/groups",
      token,
    );
    const group = home?.group_id ?? "";
    const added = page.locator(".feed-item", { hasText: "added" }).locator(".quote");
    const renamed = page.locator(".feed-item", { hasText: "renamed" }).locator(".quote");

    await commit(token, group, TODOS);
    await page.locator(".todo-title").nth(TEXTS.length - 1).waitFor();
    assert.deepEqual(await textsOf(page, ".todo-title"), TEXTS);
    assert.deepEqual((await added.allTextContents()).sort(), quoted(TEXTS));

    await commit(token, group, OTHERS);
    const comments = page.locator(".feed-item", { hasText: "commented on" });
    await comments.nth(TEXTS.length - 1).waitFor();

    const heading = page.getByRole("heading", { level: 1 });
    for (const name of MARKUP_PAYLOADS) {
      await commit(token, group, [{ type: "group.rename", payload: { name } }]);
      await heading.filter({ hasText: name }).waitFor();
      assert.equal(await heading.textContent(), name);
    }
    assert.deepEqual((await renamed.allTextContents()).sort(), quoted(TEXTS));
    await harm.assertNone();

    await page.reload();
    await live(page);
    assert.deepEqual(await textsOf(page, ".todo-title"), TEXTS);
    assert.equal(await heading.textContent(), MARKUP_PAYLOADS.at(-1));
    await harm.assertNone();
    watch.assertClean();
  }),
);

Deno.test(
  "markup in the names of groups is shown as typed in the list of groups",
  inBrowser(async (browser) => {
    const { page, watch, username } = await newcomer(browser, "ana");
    const harm = watchHarm(page);
    const token = await signIn(username);
    for (const name of MARKUP_PAYLOADS) await call("/api/v1/groups", token, { name });
    await page.reload();
    await page.locator(".group-name").nth(TEXTS.length - 1).waitFor();
    assert.deepEqual(await textsOf(page, ".group-name"), TEXTS);
    await harm.assertNone();
    watch.assertClean();
  }),
);

for (const policy of ["its policy", "no policy at all"]) {
  Deno.test(
    `markup in texts is shown as typed in the HTML of the server, with ${policy}`,
    inBrowser(async (browser) => {
      const { page, context, username } = await newcomer(browser, "ana");
      const token = await signIn(username);
      let group = "";
      for (const name of MARKUP_PAYLOADS) {
        ({ id: group } = await call<{ id: string }>("/api/v1/groups", token, { name }));
      }
      await commit(token, group, TODOS);

      await context.setExtraHTTPHeaders({ authorization: `Bearer ${token}` });
      await page.route("**/ui/workspace?*", async (route) => {
        const response = await route.fetch();
        const headers = response.headers();
        assert.match(headers["content-security-policy"] ?? "", /default-src 'none'/);
        if (policy !== "its policy") delete headers["content-security-policy"];
        await route.fulfill({ response, headers });
      });
      const harm = watchHarm(page);
      await page.goto(`/ui/workspace?group_id=${group}`);
      assert.deepEqual(await textsOf(page, ".todo-title"), TEXTS);
      assert.deepEqual(await textsOf(page, ".group-name"), TEXTS);
      await harm.assertNone();
    }),
  );
}

Deno.test(
  "the same texts run where they are taken for HTML without a policy",
  inBrowser(async (browser) => {
    const context = (await openWindow(browser)).page.context();
    const ran = new Set<Page>();
    // Instead of a dialog, for which a page that goes on elsewhere does not wait.
    await context.exposeBinding("alert", ({ page }) => void ran.add(page));
    await context.route((url) => url.origin !== edgeUrl(), (route) => route.abort());
    await context.route("**/taken-for-html?*", (route) => {
      const body = MARKUP_PAYLOADS[Number(new URL(route.request().url()).search.slice(1))] ?? "";
      return route.fulfill({ contentType: "text/html", body });
    });
    await eachAtOnce(MARKUP_PAYLOADS, async (_, index) => {
      // A page of its own: the one before may be on its way to somewhere else.
      const page = await context.newPage();
      await page.goto(`/taken-for-html?${index}`);
      await page.waitForTimeout(SETTLE_MS);
      await page.close();
    }, PAGES_AT_ONCE);
    // The others need somebody who presses them, an older browser, or a place within a tag.
    assert.ok(ran.size >= 15, `${ran.size} of ${MARKUP_PAYLOADS.length} run`);
  }),
);
