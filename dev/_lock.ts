/**
 * One local stack per checkout: an advisory lock that the system frees when its holder dies. The file
 * names the holder, so that a stack can be stopped before it has written anything else.
 */
import { runtimeDir } from "./_paths.ts";

const nameOf = (dir: string) => `${dir}/dev.lock`;

/** Takes the lock and holds it until disposed; undefined when another process holds it. */
export async function takeLock(dir: string = runtimeDir): Promise<Disposable | undefined> {
  await Deno.mkdir(dir, { recursive: true });
  const file = await Deno.open(nameOf(dir), { write: true, create: true });
  if (!await file.tryLock(true)) {
    file.close();
    return undefined;
  }
  await file.truncate();
  await file.write(new TextEncoder().encode(`${Deno.pid}\n`));
  return file;
}

/** The pid of the last one who took the lock; it may have died since. */
export async function lastHolder(dir: string = runtimeDir): Promise<number | undefined> {
  try {
    return Number(await Deno.readTextFile(nameOf(dir))) || undefined;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  }
}
