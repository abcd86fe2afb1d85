/**
 * Chromium for the browser tests, and the few things people do in them. The executable comes from
 * CHROME_BIN, the running product from TEST_EDGE_URL; both are set by `deno task test`.
 */
import assert from "node:assert/strict";
import { type Browser, type BrowserContext, chromium, type Page } from "playwright-core";
import { pause } from "../../actors/platform/mod.ts";
import { assertNoViolations, watchViolations } from "./_violations.ts";

const FLAGS = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

/** Most a single step of a person may take before the test fails. */
const STEP_MS = 10_000;

/** Address of the running product. */
export function edgeUrl(): string {
  return setting("TEST_EDGE_URL").replace(/\/$/, "");
}

function setting(name: string): string {
  const value = Deno.env.get(name);
  assert.ok(value, `${name} is not set: run the browser tests with "deno task test"`);
  return value;
}

/** How long a step that has failed may go on looking for what it did not find. */
const SETTLE_MS = 1_000;

/**
 * A test's function with a browser of its own, which fails when the content policy blocked something that it
 * did not take. One that fails leaves nothing running to the next.
 *
 * @param flags what this Chromium is told besides what all are
 */
export function inBrowser(
  test: (browser: Browser) => Promise<void>,
  flags: readonly string[] = [],
): () => Promise<void> {
  return async () => {
    try {
      await using browser = await openBrowser(flags);
      await test(browser);
      await assertNoViolations(browser);
    } catch (error) {
      await pause(SETTLE_MS);
      throw error;
    }
  };
}

/** Starts Chromium; dispose of it with `await using`. */
export async function openBrowser(flags: readonly string[] = []): Promise<Browser> {
  return await chromium.launch({
    executablePath: setting("CHROME_BIN"),
    args: [...FLAGS, ...flags],
  });
}

/** What went wrong in a page that its user may not see: script errors and refused content. */
export interface Watch {
  /** Fails when anything was logged as an error since the page was opened, `allowed` apart. */
  assertClean(allowed?: RegExp): void;
}

export interface Window {
  readonly context: BrowserContext;
  readonly page: Page;
  readonly watch: Watch;
}

export interface WindowOptions {
  readonly width?: number;
  readonly height?: number;
  readonly colorScheme?: "light" | "dark";
}

/** A window of a person of their own: no cookie or storage is shared with another one. */
export async function openWindow(browser: Browser, options: WindowOptions = {}): Promise<Window> {
  const context = await browser.newContext({
    baseURL: edgeUrl(),
    viewport: { width: options.width ?? 1280, height: options.height ?? 800 },
    colorScheme: options.colorScheme ?? "light",
  });
  context.setDefaultTimeout(STEP_MS);
  await watchViolations(browser, context);
  const page = await context.newPage();
  const errors: string[] = [];
  page.on("console", (message) => {
    if (message.type() === "error") errors.push(`${message.text()} (${message.location().url})`);
  });
  page.on("pageerror", (error) => errors.push(String(error.stack ?? error)));
  const watch: Watch = {
    assertClean(allowed) {
      assert.deepEqual(errors.filter((text) => !allowed?.test(text)), []);
    },
  };
  return { context, page, watch };
}

export const PASSWORD = "correct horse battery";

/** A username nobody has yet; `word` makes it readable. */
export function freshName(word: string): string {
  return `${word}-${crypto.randomUUID().slice(0, 8)}`;
}

/** Registers a new account by the form and waits for the app. */
export async function register(page: Page, username: string): Promise<void> {
  await page.goto("/login");
  await hydrated(page);
  await page.getByRole("tab", { name: "Register" }).click();
  await page.getByLabel("Username").fill(username);
  await page.getByLabel("Password", { exact: true }).fill(PASSWORD);
  await page.getByRole("button", { name: "Create account" }).click();
  await page.waitForURL("**/app");
  await page.getByRole("button", { name: `Account of ${username}` }).waitFor();
}

/** Waits until the page's islands are alive. */
export async function hydrated(page: Page): Promise<void> {
  await page.waitForFunction(() => {
    const islands = [...document.querySelectorAll<HTMLElement>("[data-island]")];
    return islands.length > 0 && islands.every((island) => island.dataset["hydrated"] === "true");
  });
}

/** Creates a group and waits until its stream is live. */
export async function createGroup(page: Page, name: string): Promise<void> {
  await page.getByLabel("New group").fill(name);
  await page.getByRole("button", { name: "Create group" }).click();
  await live(page);
  await page.getByRole("heading", { level: 1, name }).waitFor();
}

/** Waits until the connection badge says that the page is live. */
export async function live(page: Page): Promise<void> {
  await page.locator('.connection[data-state="live"]').waitFor();
}

/** Adds someone to the connected group by the members dialog. */
export async function addMember(page: Page, username: string, role = "member"): Promise<void> {
  await page.getByRole("button", { name: /Members/ }).click();
  const dialog = page.getByRole("dialog");
  await dialog.getByLabel("Username").fill(username);
  await dialog.getByLabel("Role", { exact: true }).selectOption(role);
  await dialog.getByRole("button", { name: "Add member" }).click();
  await dialog.getByText(username).waitFor();
  await dialog.getByRole("button", { name: "Close" }).click();
  await dialog.waitFor({ state: "hidden" });
}

/** Connects to a group that this person is a member of. */
export async function connect(page: Page, name: string): Promise<void> {
  await page.getByRole("button", { name: "Reload groups" }).click();
  await page.getByRole("button", { name: `Connect ${name}` }).click();
  await live(page);
}

export async function addTodo(page: Page, title: string): Promise<void> {
  await page.getByLabel("New todo").fill(title);
  await page.getByLabel("New todo").press("Enter");
}

/** The line of the todo with this title. */
export function todo(page: Page, title: string) {
  return page.getByRole("listitem").filter({
    has: page.getByRole("button", { name: title, exact: true }),
  });
}
