/** `deno task down`: stops the stack of this checkout; its data stays. */
import { runTask } from "./_error.ts";
import { say } from "./_say.ts";
import { stopRunningStack } from "./_stop_stack.ts";

if (import.meta.main) await runTask(main);

async function main(): Promise<number> {
  say(await stopRunningStack() ? "Stopped; the data is kept in .runtime/" : "Nothing is running");
  return 0;
}
