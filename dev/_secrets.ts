/** Secrets of a stack: made at the first start, kept in files that only their owner can read. */
import { dirname } from "node:path";

/** The secret in `path`; made with `make` and written with mode 0600 when there is none. */
export async function readOrMakeSecret(
  path: string,
  make: () => Promise<string>,
): Promise<string> {
  try {
    return (await Deno.readTextFile(path)).trim();
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
  const secret = await make();
  const dir = dirname(path);
  // Only the last folder is private: the ones above may hold things for other users.
  await Deno.mkdir(dir, { recursive: true });
  if (Deno.build.os !== "windows") await Deno.chmod(dir, 0o700);
  const temporary = `${path}.${crypto.randomUUID()}`;
  await Deno.writeTextFile(temporary, `${secret}\n`, { mode: 0o600, createNew: true });
  await Deno.rename(temporary, path);
  return secret;
}
