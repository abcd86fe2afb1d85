/**
 * Reads the import statements of a source text. Works on the text, so that it sees imports of types and
 * of files that do not exist as well as those that a run would load.
 */

export interface Import {
  /** As written: relative path, package name, or URL. */
  readonly specifier: string;
  /** Erased by the compiler: `import type` and `export type`. */
  readonly typeOnly: boolean;
  /** Line of the statement, from 1. */
  readonly line: number;
}

const STATEMENT =
  /^[ \t]*(?:import|export)\b(?<clause>[^;'"`]*?)\bfrom\s*["'](?<from>[^"'\n]+)["']|^[ \t]*import\s*["'](?<bare>[^"'\n]+)["']|\bimport\(\s*["'](?<dynamic>[^"'\n]+)["']/gm;

/** The imports and re-exports of `source`, in order. */
export function importsOf(source: string): Import[] {
  return [...source.matchAll(STATEMENT)].map((match) => {
    const { clause = "", from, bare, dynamic } = match.groups ?? {};
    return {
      specifier: from ?? bare ?? dynamic ?? "",
      typeOnly: /^\s*type\b(?!\s*(?:,|$))/.test(clause),
      line: source.slice(0, match.index).split("\n").length,
    };
  });
}

/** The repository path that `specifier`, written in `importer`, leads to; `undefined` for a package. */
export function resolveImport(importer: string, specifier: string): string | undefined {
  if (!specifier.startsWith("./") && !specifier.startsWith("../")) return undefined;
  return new URL(specifier, `file:///${importer}`).pathname.slice(1);
}
