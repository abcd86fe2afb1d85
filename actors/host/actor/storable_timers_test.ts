import assert from "node:assert/strict";
import { requireStorable } from "./storable_timers.ts";

const AT = "2030-01-01T00:00:00.000Z";

function change(over: { about?: string; name?: string; at?: string; command?: object } = {}) {
  const { about = "t", name = "r", at = AT, command = {} } = over;
  return [{ about, armed: [{ name, at, command }], fresh: true }];
}

Deno.test("timers with names, canonical instants and small commands can be stored", () => {
  requireStorable(change());
  requireStorable(change({ at: "1970-01-01T00:00:00.000Z" }));
  requireStorable([{ about: "t", armed: [], fresh: false }]);
});

Deno.test("what no server would keep is the kind's fault", () => {
  const faults = [
    { about: "a.b" },
    { about: "" },
    { name: "*" },
    { name: "x".repeat(65) },
    { at: "2030" },
    { at: "2030-01-01" },
    { at: "soon" },
    { at: "-000001-01-01T00:00:00.000Z" },
    { at: "2999-01-01T00:00:00.000Z" },
    { command: { text: "x".repeat(65_536) } },
  ];
  for (const fault of faults) {
    assert.throws(() => requireStorable(change(fault)), TypeError, JSON.stringify(fault));
  }
});
