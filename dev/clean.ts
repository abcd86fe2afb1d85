/** `deno task clean`: stops the stack and removes its data. Asks nothing, says what it removed. */
import { DevError, runTask } from "./_error.ts";
import { takeLock } from "./_lock.ts";
import { rootDir, runtimeDir } from "./_paths.ts";
import { removePostgresHome } from "./_postgres_home.ts";
import { say } from "./_say.ts";
import { stopRunningStack } from "./_stop_stack.ts";

if (import.meta.main) await runTask(main);

async function main(): Promise<number> {
  if (await stopRunningStack()) say("Stopped");
  using lock = await takeLock();
  if (!lock) throw new DevError("clean-refused", "The stack is starting; stop it first");
  const removed = await removePostgresHome(`${runtimeDir}/postgres`);
  for await (const entry of Deno.readDir(runtimeDir)) {
    await Deno.remove(`${runtimeDir}/${entry.name}`, { recursive: true });
    removed.push(`${runtimeDir}/${entry.name}`);
  }
  await Deno.remove(runtimeDir);
  removed.push(runtimeDir);
  for (const path of removed.sort()) say(`Removed ${path.replace(`${rootDir}/`, "")}`);
  return 0;
}
