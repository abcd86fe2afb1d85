/** `deno task down`: stops the stack of this checkout; its data stays. */
import { refuseArguments } from "./_arguments.ts";
import { dataPlaces } from "./_data_places.ts";
import { runTask } from "./_error.ts";
import { say } from "./_say.ts";
import { stopRunningStack } from "./_stop_stack.ts";

if (import.meta.main) await runTask(main);

async function main(): Promise<number> {
  refuseArguments("down", Deno.args);
  using stopped = await stopRunningStack();
  say(stopped.ran ? `Stopped; the data is kept in ${await dataPlaces()}` : "Nothing is running");
  return 0;
}
