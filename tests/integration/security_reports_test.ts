/** Reports of violations of the pages' policy: taken from anybody, and little of them is kept. */
import assert from "node:assert/strict";
import { assertProblem, send } from "./_edge_client.ts";
import { status, withEdge } from "./_edge_process.ts";
import { until } from "./_until.ts";

const OLD = "application/csp-report";
const NEW = "application/reports+json";
const SECRET = "canary-of-the-test";

/** A report in the form of `type`. */
function reportOf(type: string, directive: string, blocked: string): unknown {
  const document = `https://todo.example/app?${SECRET}`;
  if (type === OLD) {
    return {
      "csp-report": {
        "document-uri": document,
        "blocked-uri": blocked,
        "effective-directive": directive,
        "violated-directive": directive,
        "script-sample": SECRET,
      },
    };
  }
  return [{
    type: "csp-violation",
    age: 1,
    url: document,
    user_agent: SECRET,
    body: {
      documentURL: document,
      blockedURL: blocked,
      effectiveDirective: directive,
      sample: SECRET,
    },
  }];
}

Deno.test("a report is one line in the log without its texts, and is counted by its directive", () =>
  withEdge(async ({ url, log }) => {
    const report = (type: string, directive: string, blocked: string) =>
      status(`${url}/csp-reports`, {
        method: "POST",
        headers: { "content-type": type },
        body: JSON.stringify(reportOf(type, directive, blocked)),
      });
    const evil = `https://evil.example/${SECRET}?${SECRET}`;
    for (const type of [OLD, NEW, `${NEW}; charset=utf-8`]) {
      assert.equal(await report(type, "img-src", evil), 204, type);
      assert.equal(await report(type, `${SECRET}-src\n{"forged":1}`, SECRET), 204, type);
    }
    assert.equal(await report(OLD, "img-src", "inline"), 204);
    const lines = () =>
      log().split("\n").filter((line) => line.includes('"todo1m.edge.violations"'))
        .map((line) => JSON.parse(line) as Record<string, unknown>);
    await until(() => lines().length >= 3, 5_000, log);
    assert.deepEqual(
      lines().map(({ directive, blocked, document }) => [directive, blocked, document]),
      [
        ["img-src", "https://evil.example", "/app"],
        ["other", "other", "/app"],
        ["img-src", "inline", "/app"],
      ],
    );
    assert.ok(!log().includes(SECRET) && !log().includes("forged"), log());
    const metrics = await (await fetch(`${url}/metrics`)).text();
    const counted = metrics.split("\n").filter((line) => line.startsWith("tf_csp_reports_total{"));
    assert.deepEqual(
      counted.map((line) => `${/directive="([^"]*)"/.exec(line)?.[1]} ${line.split(" ").at(-1)}`),
      ["img-src 4", "other 3"],
    );
  }));

Deno.test("an address may report so often a minute", () =>
  withEdge(async ({ url }) => {
    const init = () => ({
      method: "POST",
      headers: { "content-type": OLD },
      body: JSON.stringify(reportOf(OLD, "img-src", "inline")),
    });
    const statuses: number[] = [];
    for (let i = 0; i < 5; i++) statuses.push(await status(`${url}/csp-reports`, init()));
    assert.deepEqual(statuses, [204, 204, 204, 429, 429]);
  }, { RATE_LIMIT_REPORTS: "3" }));

Deno.test("what is no report, or of another type, or large, is refused", async () => {
  const post = (type: string, body: unknown) =>
    send("POST", "/csp-reports", { headers: { "content-type": type }, body });
  const good = reportOf(NEW, "img-src", "inline");
  assertProblem(await post(OLD, good), 400, "malformed");
  for (const type of ["application/json", "text/plain", "application/x-www-form-urlencoded"]) {
    const refused = await post(type, good);
    assertProblem(refused, 415, "unsupported-media-type");
    assert.equal(refused.headers.get("accept"), `${OLD}, ${NEW}`);
  }
  for (const body of ["", "{", "[]", "7", "null", "[[]]", '[{"__proto__":1}]']) {
    assertProblem(await post(NEW, body), 400, "malformed");
  }
  assertProblem(await post(NEW, " ".repeat(32 * 1024 + 1)), 413, "too-large");
  assert.equal((await send("GET", "/csp-reports")).status, 405);
});

Deno.test("no page of another site gets a browser to report", async () => {
  const { status, headers } = await send("OPTIONS", "/csp-reports", {
    headers: {
      origin: "https://evil.example",
      "access-control-request-method": "POST",
      "access-control-request-headers": "content-type",
    },
  });
  assert.equal(status, 204);
  assert.equal(headers.has("access-control-allow-origin"), false);
});
