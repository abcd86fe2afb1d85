/** A real browser tells the edge what the content policy has blocked, whichever way of reporting it knows. */
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import type { Browser, Page } from "playwright-core";
import { readState } from "../../dev/mod.ts";
import { eventually, setting } from "../support/eventually.ts";
import { selfSigned } from "../support/self_signed.ts";
import { edgeUrl, inBrowser, openWindow } from "./_browser.ts";
import { takeViolations } from "./_violations.ts";

const SECRET = "canary-of-the-test";
const PATIENCE_MS = 20_000;

/** Reports go out at once, not a minute later, and to whom nobody vouches for. */
const REPORTING = ["--short-reporting-delay", "--ignore-certificate-errors"];

/** TLS in front of the edge: Chromium takes reporting endpoints from no other pages. */
function startGateway() {
  const types: string[] = [];
  const server = Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen: () => undefined, ...selfSigned() },
    async ({ url, method, headers, body }) => {
      const { pathname } = new URL(url);
      if (pathname === "/csp-reports") types.push(headers.get("content-type") ?? "");
      const passed = new Headers(headers);
      passed.set("accept-encoding", "identity");
      return await fetch(edgeUrl() + pathname, { method, headers: passed, body });
    },
  );
  return {
    url: `https://127.0.0.1:${server.addr.port}`,
    /** Media types of the reports that came. */
    types,
    [Symbol.asyncDispose]: () => server.shutdown(),
  };
}

/** How many reports of pictures the edge has counted. */
async function counted(): Promise<number> {
  const metrics = await (await fetch(`${edgeUrl()}/metrics`)).text();
  return Number(/tf_csp_reports_total\{directive="img-src".*\} (\d+)/.exec(metrics)?.[1] ?? 0);
}

async function edgeLog(): Promise<string> {
  const state = await readState(setting("TEST_DEV_JSON"));
  assert.ok(state);
  return await readFile(`${state.dataDir}/logs/edge.log`, "utf8");
}

/** Lets `page` show a picture of elsewhere; fails unless that is counted and logged, once and without more. */
async function assertReported(browser: Browser, page: Page): Promise<void> {
  const host = `https://${crypto.randomUUID()}.invalid`;
  const before = await counted();
  await page.evaluate((address) => {
    new Image().src = address;
  }, `${host}/${SECRET}?${SECRET}`);
  const [violation] = await takeViolations(browser);
  assert.equal(violation?.directive, "img-src");
  await eventually(async () => await counted() === before + 1, "the count", PATIENCE_MS);
  let lines: string[] = [];
  await eventually(
    async () => {
      lines = (await edgeLog()).split("\n").filter((line) => line.includes(host));
      return lines.length > 0;
    },
    "the line",
    PATIENCE_MS,
  );
  const told = lines.map((line) => JSON.parse(line) as Record<string, unknown>);
  assert.deepEqual(
    told.map(({ directive, blocked, document }) => ({ directive, blocked, document })),
    [{ directive: "img-src", blocked: host, document: "/login" }],
  );
  assert.ok(!lines.join().includes(SECRET), lines.join());
}

Deno.test(
  "a violation arrives as a report and is one line of the edge's log",
  inBrowser(async (browser) => {
    await using gateway = startGateway();
    const { page } = await openWindow(browser);
    await page.goto(`${gateway.url}/login`);
    await assertReported(browser, page);
    assert.deepEqual(gateway.types, ["application/reports+json"]);
  }, REPORTING),
);

Deno.test(
  "a browser that knows no reporting endpoints reports all the same",
  inBrowser(async (browser) => {
    const { page } = await openWindow(browser);
    await page.route("**/login", async (route) => {
      const response = await route.fetch();
      const name = "content-security-policy";
      const { "reporting-endpoints": _, [name]: policy = "", ...headers } = response.headers();
      assert.ok(policy.includes("report-to csp; "), policy);
      await route.fulfill({
        response,
        headers: { ...headers, [name]: policy.replace("report-to csp; ", "") },
      });
    });
    const sent = page.waitForRequest("**/csp-reports");
    await page.goto("/login");
    await assertReported(browser, page);
    assert.equal((await sent).headers()["content-type"], "application/csp-report");
  }),
);
