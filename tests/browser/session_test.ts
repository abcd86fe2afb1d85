/** The session: it outlives a reload, is shared by the tabs of a browser, and leaves no secret behind. */
import assert from "node:assert/strict";
import { addTodo, createGroup, inBrowser, todo } from "./_browser.ts";
import { newcomer } from "./_people.ts";

Deno.test(
  "a reload keeps the session, logging out ends it, and no secret is left in storage",
  inBrowser(async (browser) => {
    const { page, context, watch, username } = await newcomer(browser, "sue");
    const answer = page.waitForResponse("**/api/v1/auth/refresh");
    await page.reload();
    const token = ((await (await answer).json()) as { access_token: string }).access_token;
    const account = page.getByRole("button", { name: `Account of ${username}` });
    await account.click();
    await page.getByRole("button", { name: "Refresh token" }).click();
    await page.getByText("The token was refreshed.").waitFor();
    const stored = await page.evaluate(() => JSON.stringify([localStorage, sessionStorage]));
    assert.ok(!stored.includes(token) && !stored.includes("eyJ"), stored);
    assert.ok(
      (await context.cookies(page.url() + "/api/v1/auth")).every(({ httpOnly }) => httpOnly),
    );

    // Who is signed in and opens the login page is brought to the app.
    await page.goto("/login");
    await page.waitForURL("**/app");
    await account.click();
    await page.getByRole("button", { name: "Log out" }).click();
    await page.waitForURL("**/login");
    await page.goto("/app");
    await page.waitForURL("**/login");
    watch.assertClean();
  }),
);

Deno.test(
  "the tabs of a browser renew the session together, and end it together",
  inBrowser(async (browser) => {
    const { page, context, watch, username } = await newcomer(browser, "tab");
    const other = await context.newPage();
    await other.goto("/app");
    const accounts = [page, other].map((tab) =>
      tab.getByRole("button", { name: `Account of ${username}` })
    );
    for (let round = 0; round < 3; round++) {
      await Promise.all([page.reload(), other.reload()]);
      await Promise.all(accounts.map((account) => account.waitFor()));
    }
    await accounts[0]?.click();
    await page.getByRole("button", { name: "Log out" }).click();
    await Promise.all([page.waitForURL("**/login"), other.waitForURL("**/login")]);
    watch.assertClean();
  }),
);

Deno.test(
  "a token that the server no longer takes is replaced without anyone noticing",
  inBrowser(async (browser) => {
    const { page, watch } = await newcomer(browser, "exp");
    await createGroup(page, "Expiry");
    let refused = 0;
    await page.route("**/api/v1/command", async (route) => {
      if (refused++ > 0) return await route.continue();
      const body = { code: "token-expired", detail: "The token has expired", retryable: false };
      await route.fulfill({ status: 401, contentType: "application/problem+json", json: body });
    });
    const renewed = page.waitForResponse("**/api/v1/auth/refresh");
    await addTodo(page, "Written with a new token");
    assert.equal((await renewed).status(), 200);
    await page.waitForResponse((answer) =>
      answer.url().endsWith("/api/v1/command") && answer.status() < 300
    );
    await page.reload();
    await todo(page, "Written with a new token").waitFor();
    watch.assertClean(/401.*\/api\/v1\/command/);
  }),
);
