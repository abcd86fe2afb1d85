/** Lost connections: nothing that was done is lost, nothing that happened is missed. */
import assert from "node:assert/strict";
import { addTodo, createGroup, inBrowser, live, todo } from "./_browser.ts";
import { newcomer, shareGroup, twoPeople } from "./_people.ts";

Deno.test(
  "who was offline sends what waited and sees what was missed",
  inBrowser(async (browser) => {
    const { ana, ben } = await twoPeople(browser);
    await shareGroup({ ana, ben }, "Tunnel");
    await addTodo(ana.page, "Before");
    await todo(ben.page, "Before").waitFor();

    await ana.context.setOffline(true);
    await ana.page.locator('.connection[data-state="offline"]').waitFor();
    await addTodo(ana.page, "Made in the tunnel");
    await todo(ana.page, "Made in the tunnel").getByText("Not sent yet").waitFor();
    await addTodo(ben.page, "Made outside");
    await todo(ben.page, "Made outside").waitFor();
    assert.equal(await todo(ana.page, "Made outside").count(), 0);

    const resumed = ana.page.waitForRequest((request) => request.url().includes("/events?"));
    await ana.context.setOffline(false);
    await live(ana.page);
    assert.ok((await resumed).headers()["last-event-id"], "the stream resumes by its cursor");
    await todo(ana.page, "Made outside").waitFor();
    await todo(ben.page, "Made in the tunnel").waitFor();
    await ana.page.getByText("Not sent yet").waitFor({ state: "detached" });
    assert.equal(await todo(ana.page, "Made in the tunnel").count(), 1);
    ana.watch.assertClean(/ERR_INTERNET_DISCONNECTED/);
    ben.watch.assertClean();
  }),
);

Deno.test(
  "an answer that got lost is asked for again and has one effect",
  inBrowser(async (browser) => {
    const { page, watch } = await newcomer(browser, "ada");
    await createGroup(page, "Once");
    let lost = 0;
    await page.route("**/api/v1/command", async (route) => {
      if (lost++ > 0) return await route.continue();
      // The server gets the command; its answer never reaches the page.
      await route.fetch();
      await route.abort("connectionreset");
    });
    await addTodo(page, "Exactly once");
    await addTodo(page, "And the next");
    await todo(page, "And the next").waitFor();
    await page.getByText("Not sent yet").first().waitFor();
    await page.waitForFunction(() => document.querySelector('[data-waiting="true"]') === null);
    await page.reload();
    await todo(page, "And the next").waitFor();
    assert.equal(await todo(page, "Exactly once").count(), 1);
    assert.ok(lost >= 3, `${lost} requests`);
    watch.assertClean(/ERR_CONNECTION_RESET/);
  }),
);
