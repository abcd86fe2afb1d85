/**
 * The shape of the repository: which part may import which, and through which door. One offence is one
 * sentence that names the importing file and line and what it imports.
 */
import { type Import, importsOf, resolveImport } from "./_imports.ts";

/** Source text of every file, by path from the root of the repository. */
export type Sources = ReadonlyMap<string, string>;

/** The parts, and for each the parts it may import. */
export const MAY_IMPORT: Readonly<Record<string, readonly string[]>> = {
  "actors/protocol": [],
  "actors/query": ["actors/protocol"],
  "actors/kind": ["actors/protocol"],
  "actors/group/fold": ["actors/protocol", "actors/kind"],
  "actors/group": ["actors/protocol", "actors/kind", "actors/group/fold"],
  "actors/examples": ["actors/protocol", "actors/kind"],
  "actors/platform": [],
  "actors/cluster": ["actors/protocol", "actors/platform"],
  "actors/host": ["actors/protocol", "actors/kind", "actors/platform"],
  "actors/stream": [
    "actors/protocol",
    "actors/group/fold",
    "actors/platform",
    "actors/cluster",
  ],
  "actors/projection": ["actors/protocol", "actors/platform"],
  "web": ["actors/protocol", "actors/query", "actors/group/fold"],
  "edge": [
    "actors/protocol",
    "actors/query",
    // The past is folded from the log by whoever is asked for it.
    "actors/group/fold",
    "actors/platform",
    "actors/cluster",
    "web",
  ],
  "dev": ["actors/platform"],
  "tests": [
    "actors/protocol",
    "actors/query",
    "actors/kind",
    "actors/group/fold",
    "actors/group",
    "actors/examples",
    "actors/platform",
    "actors/cluster",
    "actors/host",
    "actors/stream",
    "actors/projection",
    "web",
    "edge",
    "dev",
  ],
};

/** What a program, which puts parts together, may import besides what its part may. */
const PROGRAM_MAY_IMPORT: Readonly<Record<string, readonly string[]>> = {
  // The runtime knows no kind of actor; the process that runs does.
  "actors/host": ["actors/group"],
};

/** What tests and benchmarks may import besides what their part may. */
const TESTS_MAY_IMPORT = [
  "dev",
  "actors/protocol",
  "actors/platform",
  "actors/kind",
  "actors/group",
  "actors/group/fold",
];
const IS_TEST = /(_test|_bench)\.tsx?$|\/testing\//;

/** Modules that run without packages, wherever they are imported. */
export const PACKAGE_FREE = [
  "actors/group/fold/mod.ts",
  "actors/query/mod.ts",
  "actors/protocol/plain/mod.ts",
];

/** The part that holds `path`: the longest folder that matches. */
export function partOf(path: string): string | undefined {
  return Object.keys(MAY_IMPORT)
    .filter((part) => path.startsWith(`${part}/`))
    .sort((a, b) => b.length - a.length)[0];
}

/** Everything in `sources` that breaks the shape, one sentence each. */
export function offences(sources: Sources): string[] {
  const found = [...sources].flatMap(([path, source]) =>
    importsOf(source).flatMap((statement) => {
      const target = resolveImport(path, statement.specifier);
      if (target === undefined) return [];
      const why = directionFault(path, target) ?? doorFault(sources, path, target);
      return why === undefined ? [] : [sentence(path, statement, why)];
    })
  );
  return [...found, ...PACKAGE_FREE.flatMap((door) => packageFaults(sources, door))];
}

function sentence(path: string, { specifier, line }: Import, why: string): string {
  return `${path}:${line} imports "${specifier}": ${why}`;
}

function directionFault(path: string, target: string): string | undefined {
  const from = partOf(path);
  const to = partOf(target);
  if (to === undefined) return from === undefined ? undefined : "it lies outside every part";
  if (from === undefined || from === to) return undefined;
  const allowed = [
    ...MAY_IMPORT[from] ?? [],
    ...path.endsWith("/main.ts") ? PROGRAM_MAY_IMPORT[from] ?? [] : [],
    ...IS_TEST.test(path) ? TESTS_MAY_IMPORT : [],
  ];
  return allowed.includes(to) ? undefined : `${from} must not import ${to}`;
}

function doorFault(sources: Sources, path: string, target: string): string | undefined {
  const [from, to] = [folderOf(path), folderOf(target)];
  const name = target.slice(to.length + 1);
  if (name === "main.ts") return "nothing imports a main.ts";
  if (`${from}/`.startsWith(`${to}/`)) return undefined;
  if (name.startsWith("_")) return `${name} is private to ${to}`;
  if (partOf(path) === partOf(target)) {
    const closed = sources.has(`${to}/mod.ts`) && name !== "mod.ts";
    return closed ? `${to} is imported through its mod.ts only` : undefined;
  }
  return name === "mod.ts" ? undefined : `${partOf(target)} is imported through a mod.ts only`;
}

/** Imports of packages that running `door` would load. */
function packageFaults(sources: Sources, door: string): string[] {
  const found: string[] = [];
  const seen = new Set<string>();
  const visit = (path: string) => {
    if (seen.has(path)) return;
    seen.add(path);
    for (const statement of importsOf(sources.get(path) ?? "")) {
      if (statement.typeOnly) continue;
      const target = resolveImport(path, statement.specifier);
      if (target !== undefined) visit(target);
      else found.push(sentence(path, statement, `${door} runs without packages`));
    }
  };
  visit(door);
  return found;
}

function folderOf(path: string): string {
  return path.slice(0, Math.max(0, path.lastIndexOf("/")));
}
