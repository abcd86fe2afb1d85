/**
 * Finds files of one part that import each other in a circle, imports of types included: such files are
 * one idea cut in two, or hold something that belongs in a third file.
 */
import { importsOf, resolveImport } from "./_imports.ts";
import { partOf, type Sources } from "./_rules.ts";

/** Every circle, one sentence each: `dev/a.ts → dev/b.ts → dev/a.ts: files import each other`. */
export function circles(sources: Sources): string[] {
  const found: string[] = [];
  const done = new Set<string>();
  const trail: string[] = [];
  const visit = (path: string) => {
    const at = trail.indexOf(path);
    if (at >= 0) {
      found.push(`${[...trail.slice(at), path].join(" → ")}: files import each other`);
      return;
    }
    if (done.has(path)) return;
    trail.push(path);
    for (const target of neighbours(sources, path)) visit(target);
    trail.pop();
    done.add(path);
  };
  for (const path of sources.keys()) visit(path);
  return found;
}

/** The files of the same part that `path` imports. */
function neighbours(sources: Sources, path: string): Set<string> {
  const targets = importsOf(sources.get(path) ?? "")
    .map(({ specifier }) => resolveImport(path, specifier))
    .filter((target) => target !== undefined)
    .filter((target) => sources.has(target) && partOf(target) === partOf(path));
  return new Set(targets);
}
