import assert from "node:assert/strict";
import fc from "fast-check";
import { emptyMap, lookup, mapOf, valuesOf, withEntry, withoutEntry } from "./persistent_map.ts";

const key = fc.oneof(
  fc.constantFrom("__proto__", "constructor", "", "a", "b"),
  fc.integer({ min: 0, max: 400 }).map((n) => `key-${n}`),
);
const step = fc.record({ key, value: fc.option(fc.nat(), { nil: undefined }) });

Deno.test("a persistent map holds what a Map holds, and older versions stay as they were", () => {
  fc.assert(fc.property(fc.array(step, { maxLength: 600, size: "max" }), (steps) => {
    const model = new Map<string, number>();
    let map = emptyMap<number>();
    const half = steps.length >> 1;
    let kept = { map, model: new Map(model) };
    for (const [index, { key, value }] of steps.entries()) {
      if (index === half) kept = { map, model: new Map(model) };
      map = value === undefined ? withoutEntry(map, key) : withEntry(map, key, value);
      if (value === undefined) model.delete(key);
      else model.set(key, value);
    }
    for (const version of [{ map, model }, kept]) {
      assert.equal(version.map.size, version.model.size);
      const sorted = (values: Iterable<number>) => [...values].sort((a, b) => a - b);
      assert.deepEqual(sorted(valuesOf(version.map)), sorted(version.model.values()));
      for (const { key } of steps) {
        assert.equal(lookup(version.map, key), version.model.get(key));
      }
    }
  }));
});

Deno.test("ten thousand entries are all found", () => {
  const map = mapOf(Array.from({ length: 10_000 }, (_, n) => [`id-${n}`, n] as const));
  for (let n = 0; n < 10_000; n++) assert.equal(lookup(map, `id-${n}`), n);
  assert.equal(lookup(map, "id-10000"), undefined);
});

Deno.test("a map built in one go is the one built entry by entry", () => {
  const entries = fc.array(fc.tuple(key, fc.nat()), { maxLength: 600, size: "max" });
  fc.assert(fc.property(entries, (entries) => {
    const grown = entries.reduce(
      (map, [key, value]) => withEntry(map, key, value),
      emptyMap<number>(),
    );
    const built = mapOf(entries);
    assert.equal(built.size, grown.size);
    for (const [key] of entries) assert.equal(lookup(built, key), lookup(grown, key));
    assert.deepEqual(new Set(valuesOf(built)), new Set(valuesOf(grown)));
  }));
});
