import assert from "node:assert/strict";
import { isForeign, isSameOrigin } from "./same_origin.ts";

const request = (headers: Record<string, string>) => new Request("http://edge/", { headers });

Deno.test("only a page of the same origin speaks for the cookie's owner", () => {
  const cases: [Record<string, string>, boolean][] = [
    [{ "sec-fetch-site": "same-origin" }, true],
    [{ "sec-fetch-site": "same-site" }, false],
    [{ "sec-fetch-site": "none" }, false],
    [{ "sec-fetch-site": "cross-site", origin: "http://edge", host: "edge" }, false],
    [{ origin: "http://edge:8080", host: "edge:8080" }, true],
    [{ origin: "http://edge:8081", host: "edge:8080" }, false],
    [{ origin: "null", host: "edge" }, false],
    [{ host: "edge" }, false],
  ];
  for (const [headers, expected] of cases) {
    assert.equal(isSameOrigin(request(headers)), expected, JSON.stringify(headers));
  }
});

Deno.test("what is no browser is not foreign, and a page of ours neither", () => {
  assert.equal(isForeign(request({ host: "edge" })), false);
  assert.equal(isForeign(request({ "sec-fetch-site": "same-origin" })), false);
  assert.equal(isForeign(request({ "sec-fetch-site": "cross-site" })), true);
  assert.equal(isForeign(request({ origin: "null", host: "edge" })), true);
});
