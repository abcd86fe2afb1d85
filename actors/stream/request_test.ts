/** Parsing of requests for streams. */
import assert from "node:assert/strict";
import { ProblemError } from "../protocol/mod.ts";
import { parseStreamRequest, refuseTokenInUrl } from "./request.ts";

const LIMITS = { maxGroups: 3 };

function parse(query: string, lastEventId?: string) {
  return parseStreamRequest(new URLSearchParams(query), lastEventId, LIMITS);
}

function codeOf(action: () => unknown): string {
  try {
    action();
  } catch (error) {
    if (error instanceof ProblemError) return error.problem.code;
    throw error;
  }
  return "none";
}

Deno.test("groups are named once each, in one parameter or in several", () => {
  assert.deepEqual(parse("group_id=a,b&group_id=b&group_id=%20c%20").groupIds, ["a", "b", "c"]);
});

Deno.test("the header counts before the parameter; an empty one is none, an empty parameter refused", () => {
  assert.equal(parse("group_id=a&since=x", "y").cursor, "y");
  assert.equal(parse("group_id=a&since=x").cursor, "x");
  assert.equal(codeOf(() => parse("group_id=a&since=")), "malformed");
  assert.equal(parse("group_id=a", "").cursor, undefined);
});

Deno.test("missing, strange and too many groups are refused", () => {
  for (const query of ["", "group_id=", "group_id=,", "group_id=a.b", "group_id=>", "group_id=*"]) {
    assert.equal(codeOf(() => parse(query)), "malformed", query);
  }
  assert.equal(codeOf(() => parse(`group_id=${"a".repeat(65)}`)), "malformed");
  assert.equal(codeOf(() => parse("group_id=a,b,c,d")), "validation");
});

Deno.test("a token in the URL is refused whatever it is called", () => {
  for (const name of ["token", "access_token", "jwt"]) {
    const parameters = new URLSearchParams({ group_id: "a", [name]: "x.y.z" });
    assert.equal(codeOf(() => refuseTokenInUrl(parameters)), "unauthenticated");
  }
  assert.equal(codeOf(() => refuseTokenInUrl(new URLSearchParams("group_id=token"))), "none");
});

Deno.test("an unknown parameter is refused", () => {
  assert.equal(codeOf(() => parse("group_id=a&sinse=x")), "malformed");
});

Deno.test("presence is 1, some of the groups, or left out; of other groups it says nothing", () => {
  assert.deepEqual(parse("group_id=a").presence, []);
  assert.deepEqual(parse("group_id=a,b&presence=1").presence, ["a", "b"]);
  assert.deepEqual(parse("group_id=a,b,c&presence=c,%20a,c,d").presence, ["a", "c"]);
  assert.deepEqual(parse("group_id=a&presence=d").presence, []);
  for (const value of ["", ",", "a.b", "a,>", "a".repeat(65)]) {
    assert.equal(codeOf(() => parse(`group_id=a,b&presence=${value}`)), "malformed", value);
  }
});
