import assert from "node:assert/strict";
import fc from "fast-check";
import { parseDateTime } from "./mod.ts";

Deno.test("a date-time is taken in every form that RFC 3339 has", () => {
  const forms: [text: string, same: string][] = [
    ["2026-11-30T09:00:00Z", "2026-11-30T09:00:00Z"],
    ["2026-11-30t09:00:00z", "2026-11-30T09:00:00Z"],
    ["2026-11-30T09:00:00.1239999Z", "2026-11-30T09:00:00.123Z"],
    ["2026-11-30T09:00:00.5+05:30", "2026-11-30T03:30:00.500Z"],
    ["2026-11-30T23:00:00-02:00", "2026-12-01T01:00:00Z"],
    ["0001-01-01T00:00:00Z", "0001-01-01T00:00:00Z"],
    ["1990-12-31T23:59:60Z", "1991-01-01T00:00:00Z"],
    ["1990-12-31T15:59:60-08:00", "1991-01-01T00:00:00Z"],
  ];
  for (const [text, same] of forms) assert.equal(parseDateTime(text), Date.parse(same), text);
});

Deno.test("what is no date-time, or one that does not exist, is none", () => {
  const others = [
    "",
    "2026-11-30",
    "2026-11-30 09:00:00Z",
    "2026-11-30T09:00:00",
    "2026-11-30T09:00Z",
    "2026-11-30T09:00:00.Z",
    "2026-11-30T09:00:00+0530",
    "2026-11-30T09:00:00+24:00",
    "2026-11-30T24:00:00Z",
    "2026-11-30T09:60:00Z",
    "2026-11-30T09:00:61Z",
    "2026-11-30T09:00:60Z",
    "2026-02-29T09:00:00Z",
    "2026-13-01T09:00:00Z",
    "+02026-11-30T09:00:00Z",
  ];
  for (const text of others) assert.equal(parseDateTime(text), undefined, text);
});

Deno.test("an instant is read back from what JavaScript writes", () => {
  const years = {
    min: new Date("0000-01-01T00:00:00Z"),
    max: new Date("9999-12-31T23:59:59.999Z"),
  };
  fc.assert(fc.property(fc.date({ ...years, noInvalidDate: true }), (date) => {
    assert.equal(parseDateTime(date.toISOString()), date.getTime());
  }));
});
