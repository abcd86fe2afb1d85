import assert from "node:assert/strict";
import fc from "fast-check";
import * as v from "valibot";
import { deriveId, EntityId, isUuidV7, newId, uuidTimeMs, UuidV7 } from "./ids.ts";

Deno.test("new ids are UUIDv7 of now and sort by time", () => {
  const before = Date.now();
  const id = newId();
  assert.ok(isUuidV7(id));
  assert.ok(uuidTimeMs(id) >= before && uuidTimeMs(id) <= Date.now());
});

Deno.test("the instant of the example in RFC 9562 is read", () => {
  const example = "017f22e2-79b0-7cc3-98c4-dc0c0c07398f";
  assert.ok(isUuidV7(example));
  assert.equal(new Date(uuidTimeMs(example)).toISOString(), "2022-02-22T19:22:22.000Z");
});

Deno.test("only a UUIDv7 in lower case is one", () => {
  const id = "017f22e2-79b0-7cc3-98c4-dc0c0c07398f";
  const others = ["", id.toUpperCase(), `${id} `, id.replace("-7cc3", "-4cc3"), `{${id}}`];
  for (const other of others) {
    assert.equal(isUuidV7(other), false, other);
    assert.equal(v.is(UuidV7, other), false, other);
  }
});

Deno.test("derived ids are UUIDv7 of the given instant, the same each time, distinct by index", () => {
  fc.assert(
    fc.property(fc.string(), fc.integer({ min: 0, max: 2 ** 43 }), (seed, nowMs) => {
      const ids = Array.from({ length: 300 }, (_, index) => deriveId(seed, nowMs, index));
      assert.equal(new Set(ids).size, ids.length);
      for (const id of ids) {
        assert.ok(isUuidV7(id));
        assert.equal(uuidTimeMs(id), nowMs);
      }
      assert.deepEqual(
        ids,
        Array.from({ length: 300 }, (_, index) => deriveId(seed, nowMs, index)),
      );
    }),
    { numRuns: 50 },
  );
});

Deno.test("seeds that count up at one instant do not share derived ids", () => {
  const ids = new Set<string>();
  for (let count = 0; count < 2_000; count++) {
    const seed = `g/017f22e2-79b0-7cc3-98c4-${count.toString(16).padStart(12, "0")}`;
    for (let index = 0; index < 20; index++) ids.add(deriveId(seed, 1_700_000_000_000, index));
  }
  assert.equal(ids.size, 2_000 * 20);
});

Deno.test("an entity's id is safe inside a subject, whatever else it looks like", () => {
  for (const id of ["a", "A_z-9", "__proto__", "constructor", "x".repeat(64)]) {
    assert.ok(v.is(EntityId, id), id);
  }
  for (const id of ["", "a.b", "*", ">", "a b", "a\n", "ä", "x".repeat(65), 7, null]) {
    assert.equal(v.is(EntityId, id), false, String(id));
  }
});
