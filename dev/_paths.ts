/**
 * Where things live: the checkout, its runtime data and the cache shared by all checkouts of a user.
 */
import { fileURLToPath } from "node:url";

/** The checkout's folder. */
export const rootDir: string = fileURLToPath(new URL("../", import.meta.url)).replace(/[\\/]$/, "");

/** Data of `deno task dev`; git ignores it. */
export const runtimeDir: string = `${rootDir}/.runtime`;

/** The file that says what is running. */
export const devStateFile: string = `${runtimeDir}/dev.json`;

/** State files of test stacks, one per run, so that a killed run can be cleaned up. */
export const testStateDir: string = `${runtimeDir}/test`;

/**
 * A folder for downloaded tools: `$XDG_CACHE_HOME/todo-1m`, else the platform's usual cache folder,
 * so that a second clone finds them. Without a home it falls back to the checkout.
 */
export function cacheDir(env: { get(name: string): string | undefined } = Deno.env): string {
  const xdg = env.get("XDG_CACHE_HOME");
  if (xdg) return `${xdg}/todo-1m`;
  if (Deno.build.os === "windows") {
    const local = env.get("LOCALAPPDATA");
    return local ? `${local}/todo-1m` : `${runtimeDir}/cache`;
  }
  const home = env.get("HOME");
  if (!home || home === "/") return `${runtimeDir}/cache`;
  return Deno.build.os === "darwin" ? `${home}/Library/Caches/todo-1m` : `${home}/.cache/todo-1m`;
}
