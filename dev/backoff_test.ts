import { deepStrictEqual } from "node:assert/strict";
import { restartDelayMs } from "./_backoff.ts";

Deno.test("the delay before a restart doubles from 0.2 s and ends at 5 s", () => {
  const delays = [0, 1, 2, 3, 4, 5, 50, 5_000].map(restartDelayMs);
  deepStrictEqual(delays, [200, 400, 800, 1_600, 3_200, 5_000, 5_000, 5_000]);
});
