import assert from "node:assert/strict";
import fc from "fast-check";
import { jsonFault } from "./_json_fault.ts";

Deno.test("the place where a text stops being JSON is found", () => {
  assert.deepEqual(jsonFault('{"a":}'), { line: 1, column: 6, found: "}" });
  assert.deepEqual(jsonFault('{\n  "a": 1,\n}'), { line: 3, column: 1, found: "}" });
  assert.deepEqual(jsonFault("{'a': 1}"), { line: 1, column: 2, found: "'" });
  assert.deepEqual(jsonFault('["a'), { line: 1, column: 2, found: '"' });
  assert.deepEqual(jsonFault('{"a":1'), { line: 1, column: 7 });
  assert.deepEqual(jsonFault("01"), { line: 1, column: 2, found: "1" });
});

Deno.test("what is JSON has no such place, however deep or long it is", () => {
  fc.assert(fc.property(fc.json(), (text) => assert.equal(jsonFault(text), undefined)));
  assert.equal(jsonFault("[".repeat(30_000) + "]".repeat(30_000)), undefined);
  assert.equal(jsonFault(JSON.stringify("x".repeat(60_000))), undefined);
});

Deno.test("a place is found in every text that the runtime does not take", () => {
  const nearly = fc.tuple(fc.json(), fc.nat(), fc.constantFrom("", ",", "}", '"', "x", "\n"));
  fc.assert(fc.property(nearly, ([json, number, piece]) => {
    const at = number % (json.length + 1);
    const text = json.slice(0, at) + piece + json.slice(at + 1);
    let taken = true;
    try {
      JSON.parse(text);
    } catch {
      taken = false;
    }
    assert.equal(jsonFault(text) === undefined, taken, text);
  }));
});
