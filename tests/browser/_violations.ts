/** What the content policy blocks in the windows of a test: every test fails that did not ask for it. */
import assert from "node:assert/strict";
import type { Browser, BrowserContext, Page } from "playwright-core";

/** One violation, as the page is told of it (CSP 3, section 5.1). */
export interface Violation {
  /** The effective directive. */
  readonly directive: string;
  readonly blocked: string;
  /** Address of the document. */
  readonly document: string;
  readonly sample: string;
}

const unasked = new WeakMap<Browser, Violation[]>();
const BINDING = "noteViolation";
/** What a page does with markup, such as sending a form, may be a task of its own. */
const PROVOKED_WITHIN_MS = 5_000;
const LOOK_AGAIN_MS = 10;

/** The violations in any window of `browser` that no test has taken yet. */
function violationsOf(browser: Browser): Violation[] {
  const found = unasked.get(browser) ?? [];
  unasked.set(browser, found);
  return found;
}

/** Watches every page of `context`, those it opens later included. */
export async function watchViolations(browser: Browser, context: BrowserContext): Promise<void> {
  const found = violationsOf(browser);
  await context.exposeBinding(BINDING, (_source, violation: Violation) => {
    found.push(violation);
  });
  await context.addInitScript((binding) => {
    document.addEventListener("securitypolicyviolation", (event) => {
      const note = Reflect.get(globalThis, binding) as (violation: Violation) => void;
      note({
        directive: event.effectiveDirective,
        blocked: event.blockedURI,
        document: event.documentURI,
        sample: event.sample,
      });
    });
  }, BINDING);
}

/** The violations so far, for a test that provoked them; they are its business from now on. */
export async function takeViolations(browser: Browser): Promise<Violation[]> {
  const pages = browser.contexts().flatMap((context) => context.pages());
  await Promise.all(pages.map(settled));
  return violationsOf(browser).splice(0);
}

/** The violations that a test has just provoked: waits until there is one, for a while. */
export async function provokedViolations(browser: Browser): Promise<Violation[]> {
  const giveUpAt = performance.now() + PROVOKED_WITHIN_MS;
  while (violationsOf(browser).length === 0 && performance.now() < giveUpAt) {
    await new Promise((resolve) => setTimeout(resolve, LOOK_AGAIN_MS));
  }
  return await takeViolations(browser);
}

/** Fails when a page has reported a violation that no test took. */
export async function assertNoViolations(browser: Browser): Promise<void> {
  assert.deepEqual(await takeViolations(browser), [], "the content policy blocked nothing");
}

/** Waits until events that were due before are told; a page may have replaced its timers. */
async function settled(page: Page): Promise<void> {
  await page.evaluate(() =>
    new Promise<void>((resolve) => {
      const { port1, port2 } = new MessageChannel();
      port1.onmessage = () => resolve();
      port2.postMessage(0);
    })
  );
}
