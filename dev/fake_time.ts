/** The library that gives a process a wall clock of its own: an installed one, or Debian's package by apt. */
import { canInstall, installPackage } from "./_apt_get.ts";
import { DevError } from "./_error.ts";
import { isFile } from "./_files.ts";
import { type Say, say as sayAloud } from "./_say.ts";

const libraries = "/usr/lib";
const library = "faketime/libfaketime.so.1";

/** The library's path; throws `DevError` "library-missing" with what to do. */
export async function fakeTimeLibrary(options: { say?: Say } = {}): Promise<string> {
  const { say = sayAloud } = options;
  let path = await find();
  if (path === undefined && await canInstall()) {
    const failure = await installPackage("libfaketime", { what: "libfaketime", say });
    if (failure !== undefined) throw missing(failure);
    path = await find();
  }
  if (path === undefined) throw missing("it is not installed");
  return path;
}

async function find(): Promise<string | undefined> {
  if (Deno.build.os !== "linux") return undefined;
  // In a folder named after the machine's architecture, as Debian has it, or not.
  const folders = [libraries];
  for await (const { name, isDirectory } of Deno.readDir(libraries)) {
    if (isDirectory) folders.push(`${libraries}/${name}`);
  }
  for (const folder of folders) {
    if (await isFile(`${folder}/${library}`)) return `${folder}/${library}`;
  }
  return undefined;
}

function missing(why: string): DevError {
  return new DevError(
    "library-missing",
    `Clocks cannot be moved without libfaketime (${why}); as root: apt-get install libfaketime`,
  );
}
