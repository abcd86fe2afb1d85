import assert from "node:assert/strict";
import { Lag } from "./_lag.ts";

Deno.test("the lag is the age of what waited at the last look, and none when nothing did", () => {
  const lag = new Lag(1_000_000);
  lag.looked(1_001_000, undefined);
  assert.equal(lag.seconds(1_002_500), 0, "between two looks nothing ages");
  lag.looked(1_002_000, 998_000);
  assert.equal(lag.seconds(1_002_900), 4);
  lag.looked(1_003_000, 1_004_000);
  assert.equal(lag.seconds(1_003_000), 0, "a server whose clock is ahead");
});

Deno.test("without looks the lag rises from where it was, and falls with the next look", () => {
  const lag = new Lag(1_000_000);
  assert.equal(lag.seconds(1_000_500), 0);
  assert.equal(lag.seconds(1_010_000), 10, "nobody has ever looked");
  lag.looked(1_020_000, undefined);
  assert.equal(lag.seconds(1_080_000), 60);
  assert.equal(lag.seconds(1_140_000), 120);
  lag.looked(1_150_000, 1_140_000);
  assert.equal(lag.seconds(1_200_000), 60);
  lag.looked(1_201_000, undefined);
  assert.equal(lag.seconds(1_201_000), 0);
});
