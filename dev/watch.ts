/** Watches the code and, when it rests for a moment, says what the changes concern. */
import { relative } from "node:path";
import { type Affected, affectedBy, shownChanges, watchedDirs } from "./_affected.ts";

const quietMs = 150;

/** A running watch. */
export interface Watch extends Disposable {
  /** Resolves when the watch has ended. */
  readonly ended: Promise<void>;
}

/** Watches the source folders below `rootDir`; calls `onChange` one at a time with what to do and why. */
export function watchSources(
  rootDir: string,
  onChange: (affected: Affected, paths: string[]) => Promise<void>,
): Watch {
  const root = Deno.realPathSync(rootDir);
  const dirs = watchedDirs.map((dir) => `${root}/${dir}`).filter((dir) =>
    isThere(dir, (info) => info.isDirectory)
  );
  const watcher = Deno.watchFs(dirs);
  const changed = new Set<string>();
  let timer: ReturnType<typeof setTimeout> | undefined;
  let working = Promise.resolve();
  const exists = (path: string) => isThere(`${root}/${path}`, (info) => info.isFile);
  const flush = () => {
    const paths = [...changed];
    changed.clear();
    const affected = affectedBy(paths);
    if (affected.restart.length === 0 && !affected.migrate && !affected.rebuildAssets) return;
    working = working.then(() => onChange(affected, shownChanges(paths, exists)));
  };
  const ended = (async () => {
    for await (const event of watcher) {
      if (event.kind === "access" || event.kind === "any" || event.kind === "other") continue;
      for (const path of event.paths) changed.add(relative(root, path).replaceAll("\\", "/"));
      clearTimeout(timer);
      timer = setTimeout(flush, quietMs);
    }
    clearTimeout(timer);
    await working;
  })();
  return { ended, [Symbol.dispose]: () => watcher.close() };
}

function isThere(path: string, isKind: (info: Deno.FileInfo) => boolean): boolean {
  try {
    return isKind(Deno.statSync(path));
  } catch {
    return false;
  }
}
