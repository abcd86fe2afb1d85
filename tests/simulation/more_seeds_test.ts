/** The second half of the seeds: a file of its own, because files are what runs side by side. */
import { runSeeds } from "./run_seeds.ts";

Deno.test("500 more seeds keep every promise too", async () => {
  await runSeeds(501, 1_000);
});
