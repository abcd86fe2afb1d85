/** One local stack per checkout: an advisory lock that the system frees when its holder dies. */
import { runtimeDir } from "./_paths.ts";

/** Takes the lock and holds it until disposed; undefined when another process holds it. */
export async function takeLock(): Promise<Disposable | undefined> {
  await Deno.mkdir(runtimeDir, { recursive: true });
  const file = await Deno.open(`${runtimeDir}/dev.lock`, { write: true, create: true });
  if (await file.tryLock(true)) return file;
  file.close();
  return undefined;
}
