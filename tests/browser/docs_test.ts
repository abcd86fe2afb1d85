/** The page that shows the API: offline, under the content policy of all pages, in both themes. */
import assert from "node:assert/strict";
import axe from "axe-core";
import type { Page } from "playwright-core";
import { edgeUrl, inBrowser, openWindow } from "./_browser.ts";

/** Rules that axe finds broken in the page as it stands. */
async function violations(page: Page): Promise<string[]> {
  await page.evaluate(axe.source);
  return await page.evaluate(async () => {
    const { axe } = globalThis as unknown as { axe: typeof import("axe-core") };
    const tags = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"];
    const result = await axe.run({ runOnly: { type: "tag", values: tags } });
    return result.violations.flatMap(({ id, nodes }) =>
      nodes.map((node) => `${id}: ${node.html.slice(0, 200)} ${node.failureSummary ?? ""}`)
    );
  });
}

for (const colorScheme of ["light", "dark"] as const) {
  Deno.test(
    `axe finds nothing on the page of the API in the ${colorScheme} theme, and all comes from us`,
    inBrowser(async (browser) => {
      const { page, watch } = await openWindow(browser, { colorScheme });
      const elsewhere: string[] = [];
      page.on("request", (request) => {
        if (!request.url().startsWith(edgeUrl())) elsewhere.push(request.url());
      });
      await page.goto("/docs#sendCommand");
      await page.locator("#sendCommand[open]").waitFor();
      assert.deepEqual(await violations(page), []);
      assert.deepEqual(elsewhere, []);
      watch.assertClean();
    }),
  );
}

Deno.test(
  "people filter operations, open one and follow it to a schema",
  inBrowser(async (browser) => {
    const { page, watch } = await openWindow(browser);
    await page.goto("/docs");
    const links = page.getByRole("navigation").locator("li:visible");
    const all = await links.count();
    await page.getByLabel("Filter operations").fill("members post");
    assert.equal(await links.count(), 1);
    await links.getByRole("link").click();
    const operation = page.locator("#addMember");
    await operation.getByRole("link", { name: "MemberToAdd" }).click();
    await page.locator("#schema-MemberToAdd[open]").getByText("username").waitFor();
    await page.getByLabel("Filter operations").fill("");
    assert.equal(await links.count(), all);
    watch.assertClean();
  }),
);

Deno.test(
  "the page of the API fits a phone",
  inBrowser(async (browser) => {
    const { page } = await openWindow(browser, { width: 320, height: 640 });
    await page.goto("/docs");
    await page.evaluate(() =>
      document.querySelectorAll("details").forEach((each) => each.open = true)
    );
    const wide = await page.evaluate(() =>
      document.documentElement.scrollWidth - document.documentElement.clientWidth
    );
    assert.ok(wide <= 0, `${wide} px too wide`);
  }),
);

Deno.test(
  "the first steps name the address of the page, and examples open where they stand",
  inBrowser(async (browser) => {
    const { page, watch } = await openWindow(browser);
    await page.goto("/docs#sendCommand");
    const steps = page.getByRole("region", { name: "First steps" });
    await steps.getByText(`API=${edgeUrl().replace(/\/$/, "")}`).waitFor();
    const command = page.locator("#sendCommand");
    await command.getByText('"title": "Order flowers"').first().waitFor();
    const undo = command.getByText('"type": "undo"');
    assert.equal(await undo.isVisible(), false);
    await command.getByText("Take a command back").click();
    await undo.waitFor();
    watch.assertClean();
  }),
);

Deno.test(
  "on a phone the list of operations opens with the filter and leads to one",
  inBrowser(async (browser) => {
    const { page } = await openWindow(browser, { width: 390, height: 844 });
    await page.goto("/docs");
    const links = page.getByRole("navigation").locator("li:visible");
    assert.equal(await links.count(), 0);
    await page.getByLabel("Filter operations").fill("members post");
    await links.getByRole("link").click();
    await page.locator("#addMember[open]").waitFor();
  }),
);
