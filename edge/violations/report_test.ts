import assert from "node:assert/strict";
import fc from "fast-check";
import { type Violation, violationsIn } from "./report.ts";

const OLD = "application/csp-report";
const NEW = "application/reports+json";

const old = (report: object) => violationsIn(OLD, { "csp-report": report });
const report = (body: object) => ({ age: 1, type: "csp-violation", url: "x", body });
const any = { effectiveDirective: "img-src" };

Deno.test("a report is reduced to directive, scheme and host, and path, in either form", () => {
  const told: Violation = {
    directive: "script-src-elem",
    blocked: "https://evil.example:8443",
    document: "/app",
  };
  const blocked = "https://user:secret@EVIL.example:8443/x.js?token=secret#secret";
  const document = "https://todo.example/app?token=secret#secret";
  assert.deepEqual(
    old({
      "document-uri": document,
      "blocked-uri": blocked,
      "effective-directive": "script-src-elem",
      "violated-directive": "script-src-elem",
      "original-policy": "secret",
      "script-sample": "secret",
      "referrer": "https://secret.example/",
    }),
    [told],
  );
  const body = {
    documentURL: document,
    blockedURL: blocked,
    effectiveDirective: "script-src-elem",
    sample: "secret",
    sourceFile: "https://secret.example/",
  };
  assert.deepEqual(violationsIn(NEW, [report(body), report(body)]), [told, told]);
  assert.deepEqual(violationsIn(NEW, report(body)), [told], "one bare report");
});

Deno.test("directives, keywords and addresses that are not known are told as other", () => {
  const cases: [directive: string, blocked: string, document: string, told: string][] = [
    ["script-src 'nonce-abc' https:", "inline", "https://a.example", "script-src inline /"],
    [
      "require-trusted-types-for",
      "trusted-types-sink",
      "x",
      "require-trusted-types-for trusted-types-sink other",
    ],
    ["img-src", "data", "data:text/html,hello", "img-src data other"],
    ["img-src", "data:text/html,secret", "http://a.example/x", "img-src data: /x"],
    ["evil-src", "secret", "", "other other other"],
    ["", "", "about:blank", "other other other"],
    ["toString", "__proto__", "//", "other other other"],
  ]; // prettier-ignore
  for (const [directive, blocked, document, told] of cases) {
    const [violation] = old({
      "violated-directive": directive,
      "blocked-uri": blocked,
      "document-uri": document,
    }) ?? [];
    assert.equal(Object.values(violation ?? {}).join(" "), told);
  }
  const nothing = { "effective-directive": null, "blocked-uri": null };
  const least = { "violated-directive": "img-src" };
  assert.deepEqual(old({ ...least, ...nothing }), old(least));
});

Deno.test("what is no report of its media type is none", () => {
  const good = { "csp-report": { "violated-directive": "img-src" } };
  const others: [type: string, body: unknown][] = [
    ["application/json", good],
    ["", good],
    [NEW, good],
    [OLD, [report(any)]],
    [OLD, { "csp-report": [] }],
    [OLD, { "csp-report": {} }],
    [OLD, { "csp-report": { "violated-directive": "img-src", "blocked-uri": 5 } }],
    [OLD, null],
    [NEW, []],
    [NEW, [null]],
    [NEW, [{ type: "csp-violation" }]],
    [NEW, [report(any), { body: any }]],
    [NEW, [{ ...report(any), type: "deprecation" }]],
    [NEW, [report({ ...any, documentURL: {} })]],
    [NEW, "text"],
  ];
  for (const [type, body] of others) {
    assert.equal(violationsIn(type, body), undefined, `${type} ${JSON.stringify(body)}`);
  }
});

Deno.test("whatever is reported, what is told is short and one line without spaces", () => {
  const text = fc.oneof(
    fc.string({ unit: "binary" }),
    fc.webUrl({ withQueryParameters: true, withFragments: true }),
    fc.string({ unit: "binary" }).map((path) => `https://a.example/${path}`),
    fc.string({ unit: "binary" }).map((rest) => `x:${rest}`),
    fc.constant(`https://${"a".repeat(60)}.${"b".repeat(60)}.example/${"c".repeat(1_000)}`),
  );
  fc.assert(fc.property(text, text, text, (directive, blocked, document) => {
    const [violation] = old({
      "violated-directive": directive,
      "blocked-uri": blocked,
      "document-uri": document,
    }) ?? [];
    assert.ok(violation);
    for (const told of Object.values(violation)) assert.match(told, /^[!-~]{1,100}$/);
  }));
});
