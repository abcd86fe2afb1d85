/** `deno task clean`: stops the stack and removes its data. Asks nothing, says what it removed. */
import { refuseArguments } from "./_arguments.ts";
import { runTask } from "./_error.ts";
import { rootDir, runtimeDir } from "./_paths.ts";
import { removePostgresHome } from "./_postgres_home.ts";
import { say } from "./_say.ts";
import { stopRunningStack } from "./_stop_stack.ts";

if (import.meta.main) await runTask(main);

async function main(): Promise<number> {
  refuseArguments("clean", Deno.args);
  using stopped = await stopRunningStack();
  if (stopped.ran) say("Stopped");
  const removed = [
    ...await removePostgresHome(`${runtimeDir}/postgres`),
    ...await removeFolder(runtimeDir),
  ];
  for (const path of removed.sort()) say(`Removed ${path.replace(`${rootDir}/`, "")}`);
  if (removed.length === 0) say("There is nothing to remove");
  return 0;
}

/** Removes a folder and what is in it; returns what was there, by name. */
async function removeFolder(dir: string): Promise<string[]> {
  const removed: string[] = [];
  try {
    for await (const { name } of Deno.readDir(dir)) {
      await Deno.remove(`${dir}/${name}`, { recursive: true });
      removed.push(`${dir}/${name}`);
    }
    await Deno.remove(dir);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return removed;
    throw error;
  }
  return [...removed, dir];
}
