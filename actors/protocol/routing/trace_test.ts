import assert from "node:assert/strict";
import { isSampled } from "./trace.ts";

const IDS = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331";

Deno.test("a trace is sampled by the lowest bit of its flags, whatever the others say", () => {
  for (const flags of ["01", "03", "ff"]) assert.equal(isSampled(`${IDS}-${flags}`), true, flags);
  for (const flags of ["00", "02", "fe"]) assert.equal(isSampled(`${IDS}-${flags}`), false, flags);
});

Deno.test("what is no trace is not sampled", () => {
  for (const text of ["", "01", `${IDS}`, `${IDS}-01-x`, "00-x-y-01"]) {
    assert.equal(isSampled(text), false, text);
  }
});
