/**
 * Does what changed files ask for: migrates, builds, restarts, and says so in that order. What fails is
 * shown, and what depends on it goes on as it was.
 */
import type { Affected } from "./_affected.ts";
import { DevError } from "./_error.ts";
import { green, red, type Say } from "./_say.ts";
import { buildAssets } from "./assets.ts";
import { migrate } from "./migrations.ts";
import type { Stack } from "./stack.ts";

export interface ChangeTarget {
  readonly stack: Pick<Stack, "databaseUrl" | "restart">;
  readonly say: Say;
  /** Others in tests. */
  readonly work?: { readonly build: () => Promise<void>; readonly migrate: typeof migrate };
}

/** `paths` are what is shown of the change, relative to the checkout. */
export async function applyChange(
  change: { readonly affected: Affected; readonly paths: readonly string[] },
  target: ChangeTarget,
): Promise<void> {
  const { affected, paths } = change;
  const { stack, say, work = { build: buildAssets, migrate } } = target;
  say(`${green("↻")} ${paths[0]}${paths.length > 1 ? ` and ${paths.length - 1} more` : ""}`);
  if (affected.migrate) {
    const applied = await orSay(() => work.migrate(stack.databaseUrl), say);
    if (applied === undefined) return;
    for (const line of migrationLines(paths, applied)) say(line);
  }
  let restart = affected.restart;
  if (affected.rebuildAssets) {
    const built = await orSay(() => work.build().then(() => true), say);
    if (built) say(`${green("✓")} Web assets built`);
    // The edge serves pages and assets of one build; without a new one it stays with the old.
    else restart = restart.filter((name) => name !== "edge");
  }
  if (restart.length === 0) return;
  say(`${green("↻")} Restarting ${restart.join(", ")}`);
  for (const name of restart) stack.restart(name);
}

/** What became of the migrations among `paths`, given the names of those that were applied now. Pure. */
export function migrationLines(paths: readonly string[], applied: readonly string[]): string[] {
  const changed = paths.map((path) => path.match(/^migrations\/(.+\.sql)$/)?.[1]);
  const old = changed.filter((name) => name !== undefined && !applied.includes(name));
  return [
    ...applied.map((name) => `${green("✓")} Database migrated: ${name}`),
    ...old.map((name) => `  ${name} was already applied; \`deno task clean\` starts over`),
  ];
}

/** The result of `work`, or undefined after saying what kept it from being done. */
async function orSay<T>(work: () => Promise<T>, say: Say): Promise<T | undefined> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof DevError)) throw error;
    say(`${red("✗")} ${error.message}`);
    return undefined;
  }
}
