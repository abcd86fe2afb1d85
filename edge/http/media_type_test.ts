import assert from "node:assert/strict";
import { checkJsonType, checkType, mediaTypeOf } from "./media_type.ts";
import { HeadedProblem } from "./problem.ts";

const OURS = { "sec-fetch-site": "same-origin" };
const FOREIGN = { "sec-fetch-site": "cross-site", origin: "https://evil.example" };

function request(type: string | undefined, headers: Record<string, string> = {}): Request {
  const all = type === undefined ? headers : { ...headers, "content-type": type };
  return new Request("http://edge/", { method: "POST", headers: all, body: new Uint8Array([123]) });
}

function refusal(check: () => void): HeadedProblem | undefined {
  try {
    check();
  } catch (error) {
    if (error instanceof HeadedProblem) return error;
    throw error;
  }
}

Deno.test("the media type is read without parameters and capital letters", () => {
  assert.equal(mediaTypeOf(request(" Application/JSON ; charset=utf-8")), "application/json");
  assert.equal(mediaTypeOf(request(undefined)), "");
});

Deno.test("what says that it is JSON is taken, from pages of any origin", () => {
  const types = [
    "application/json",
    "application/json; charset=utf-8",
    "APPLICATION/JSON",
    "application/merge-patch+json",
    "application/vnd.api+json;version=1",
  ];
  for (const type of types) {
    for (const from of [{}, OURS, FOREIGN]) checkJsonType(request(type, from));
  }
});

Deno.test("what says that it is something else is refused, with what is taken instead", () => {
  const types = [
    "text/plain",
    "text/plain; application/json",
    "text/json",
    "multipart/form-data; boundary=x",
    "application/xml",
    "application/jsonp",
    "application/json-seq",
    "application/+json",
    "json",
    "application/json, text/plain",
  ];
  for (const type of types) {
    const { problem, headers } = refusal(() => checkJsonType(request(type))) ?? assert.fail(type);
    assert.equal(problem.code, "unsupported-media-type");
    assert.equal(problem.errors?.[0]?.header, "Content-Type");
    assert.deepEqual(headers, { accept: "application/json, application/*+json" });
  }
});

Deno.test("no type, or the one of curl -d, is taken unless a page of another origin sends it", () => {
  for (const type of [undefined, "application/x-www-form-urlencoded"]) {
    checkJsonType(request(type));
    checkJsonType(request(type, OURS));
    assert.ok(refusal(() => checkJsonType(request(type, FOREIGN))), `${type}`);
  }
});

Deno.test("a route with media types of its own takes these only", () => {
  const taken = ["application/csp-report"];
  checkType(request("application/csp-report; charset=utf-8"), taken);
  for (const type of [undefined, "application/json", "application/x-www-form-urlencoded"]) {
    assert.deepEqual(refusal(() => checkType(request(type), taken))?.headers, { accept: taken[0] });
  }
});
