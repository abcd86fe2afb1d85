/** Files that may not be there: that is an answer, every other failure is one and is thrown. */

const { NotFound, NotADirectory } = Deno.errors;

/** What the system says of a path, or undefined when nothing is there. */
export async function statIfThere(path: string): Promise<Deno.FileInfo | undefined> {
  return await orUndefined(Deno.stat(path));
}

/** Whether a path is a file, or a link to one. */
export async function isFile(path: string): Promise<boolean> {
  return (await statIfThere(path))?.isFile ?? false;
}

/** The text of a file, or undefined when there is none. */
export async function readIfThere(path: string): Promise<string | undefined> {
  return await orUndefined(Deno.readTextFile(path));
}

/** Removes a file, or a folder with all that is in it, if it is there. */
export async function removeIfThere(path: string): Promise<void> {
  await orUndefined(Deno.remove(path, { recursive: true }));
}

async function orUndefined<T>(work: Promise<T>): Promise<T | undefined> {
  try {
    return await work;
  } catch (error) {
    if (error instanceof NotFound || error instanceof NotADirectory) return undefined;
    throw error;
  }
}
