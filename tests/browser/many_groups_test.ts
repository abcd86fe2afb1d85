/** Somebody in more groups than one answer of the server holds. */
import assert from "node:assert/strict";
import { call, signIn } from "./_api.ts";
import { inBrowser } from "./_browser.ts";
import { newcomer } from "./_people.ts";

/** One more than the server answers at once. */
const GROUPS = 201;
/** Most commands of one list. */
const AT_ONCE = 100;

Deno.test(
  "all groups are listed, however many there are",
  inBrowser(async (browser) => {
    const { page, watch, username } = await newcomer(browser, "ana");
    const token = await signIn(username);
    const creates = Array.from({ length: GROUPS }, (_, i) => ({
      type: "group.create",
      payload: { name: `Group ${i}` },
    }));
    for (let from = 0; from < GROUPS; from += AT_ONCE) {
      await call("/api/v1/commands", token, { commands: creates.slice(from, from + AT_ONCE) });
    }
    await page.reload();
    await page.locator(".group-name").nth(GROUPS - 1).waitFor();
    const shown = await page.locator(".group-name").allTextContents();
    assert.deepEqual(shown.sort(), creates.map(({ payload }) => payload.name).sort());
    watch.assertClean();
  }),
);
