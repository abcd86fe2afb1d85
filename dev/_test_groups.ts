/** How the tests are grouped, and which of them a run with path arguments concerns. Pure. */

/** One `deno test` run. */
export interface TestGroup {
  readonly name: "unit" | "simulation" | "integration" | "goals" | "chaos" | "browser" | "floor";
  /** Paths below which the group's tests lie, relative to the checkout. */
  readonly paths: readonly string[];
  readonly timeLimitMs: number;
  readonly parallel: boolean;
  /** How many files run at once; as many as there are processors when absent. */
  readonly atOnce?: number;
}

/** All groups in the order they run. */
export const testGroups: readonly TestGroup[] = [
  {
    name: "unit",
    paths: [
      "actors",
      "edge",
      "web",
      "dev",
      "tests/bench",
      "tests/capacity",
      "tests/structure",
      "tests/support",
    ],
    timeLimitMs: 300_000,
    parallel: true,
    // They wait for a quarter of their time.
    atOnce: Math.max(3, navigator.hardwareConcurrency),
  },
  {
    name: "simulation",
    paths: ["tests/simulation", "tests/sessions"],
    timeLimitMs: 400_000,
    parallel: true,
  },
  {
    name: "integration",
    paths: ["tests/integration"],
    timeLimitMs: 600_000,
    parallel: true,
    // They wait for more than half of their time.
    atOnce: Math.max(4, navigator.hardwareConcurrency),
  },
  // Alone on the machine: what they hold are costs and times.
  { name: "goals", paths: ["tests/goals"], timeLimitMs: 300_000, parallel: false },
  { name: "chaos", paths: ["tests/chaos"], timeLimitMs: 400_000, parallel: true },
  { name: "browser", paths: ["tests/browser"], timeLimitMs: 400_000, parallel: true, atOnce: 2 },
];

/** What the arguments after `deno task test --` ask for. */
export interface TestRequest {
  /** Paths to run; empty: everything. */
  readonly paths: readonly string[];
  /** Whether the edge is to run on the older Deno, and its tests alone. */
  readonly onFloor: boolean;
  /** Options and their values, handed to `deno test`. */
  readonly flags: readonly string[];
  /** Arguments that are neither: most likely a mistyped path. */
  readonly unknown: readonly string[];
}

/** Splits the arguments: what exists on disk is a path, options and what follows them are flags. */
export function parseRequest(
  args: readonly string[],
  exists: (path: string) => boolean,
): TestRequest {
  const paths: string[] = [];
  const flags: string[] = [];
  const unknown: string[] = [];
  const given = args.filter((arg) => arg !== "--" && arg !== "--floor");
  for (const [index, arg] of given.entries()) {
    if (arg.startsWith("-")) flags.push(arg);
    else if (exists(arg)) paths.push(arg.replace(/^\.\//, "").replace(/\/+$/, ""));
    else if (given[index - 1]?.startsWith("-")) flags.push(arg);
    else unknown.push(arg);
  }
  return { paths, flags, unknown, onFloor: args.includes("--floor") };
}

/** Those of `groups` that a request concerns, each with just the paths it has to run. */
export function selectGroups(
  request: TestRequest,
  groups: readonly TestGroup[] = testGroups,
): TestGroup[] {
  if (request.paths.length === 0) return [...groups];
  return groups.flatMap((group) => {
    const paths = new Set<string>();
    for (const wanted of request.paths) {
      for (const own of group.paths) {
        if (contains(own, wanted)) paths.add(wanted);
        else if (contains(wanted, own)) paths.add(own);
      }
    }
    return paths.size === 0 ? [] : [{ ...group, paths: [...paths] }];
  });
}

function contains(folder: string, path: string): boolean {
  return folder === "." || path === folder || path.startsWith(`${folder}/`);
}
