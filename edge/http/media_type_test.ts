import assert from "node:assert/strict";
import { checkEncoding, checkJsonType, checkType, mediaTypeOf } from "./media_type.ts";
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

Deno.test("a body that says that it is compressed is refused, with what is taken instead", () => {
  for (const coding of ["", "identity", "Identity, identity"]) {
    checkEncoding(request("application/json", { "content-encoding": coding }));
  }
  for (const coding of ["gzip", "identity, br", "GZIP"]) {
    const check = () => checkEncoding(request("application/json", { "content-encoding": coding }));
    const { problem, headers } = refusal(check) ?? assert.fail(coding);
    assert.equal(problem.code, "unsupported-media-type");
    assert.equal(problem.errors?.[0]?.header, "Content-Encoding");
    assert.match(problem.detail, /what is taken is identity/);
    assert.deepEqual(headers, { "accept-encoding": "identity" });
  }
});

Deno.test("a body that says that it is text in another encoding than UTF-8 is refused", () => {
  for (const charset of ["utf-8", '"UTF-8"', "utf8", "US-ASCII"]) {
    checkEncoding(request(`application/json; charset=${charset}`));
  }
  for (const charset of ["utf-16", '"UTF-16LE"', "iso-8859-1", '""']) {
    const check = () => checkEncoding(request(`application/json;a=b; Charset=${charset}`));
    const { problem } = refusal(check) ?? assert.fail(charset);
    assert.match(problem.detail, /what is taken is utf-8$/);
    assert.equal(problem.errors?.[0]?.header, "Content-Type");
  }
});

Deno.test("a route with media types of its own takes these only", () => {
  const taken = ["application/csp-report"];
  checkType(request("application/csp-report; charset=utf-8"), taken);
  for (const type of [undefined, "application/json", "application/x-www-form-urlencoded"]) {
    assert.deepEqual(refusal(() => checkType(request(type), taken))?.headers, { accept: taken[0] });
  }
});
