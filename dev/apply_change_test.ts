import { deepStrictEqual } from "node:assert/strict";
import { stripVTControlCharacters } from "node:util";
import { affectedBy } from "./_affected.ts";
import { applyChange } from "./_apply_change.ts";
import { DevError } from "./_error.ts";

/** What happened, in order, after `paths` changed. */
async function after(
  paths: string[],
  outcome: { build?: string; applied?: string[] } = {},
): Promise<string[]> {
  const done: string[] = [];
  await applyChange({ affected: affectedBy(paths), paths }, {
    stack: { databaseUrl: "", restart: (name) => done.push(`restart ${name}`) },
    say: (line) => done.push(stripVTControlCharacters(line)),
    work: {
      build() {
        if (outcome.build) return Promise.reject(new DevError("assets-failed", outcome.build));
        return Promise.resolve();
      },
      migrate: () => Promise.resolve(outcome.applied ?? []),
    },
  });
  return done;
}

Deno.test("a change of a page restarts the edge after its build", async () => {
  deepStrictEqual(await after(["web/pages/app.tsx", "web/a.ts"]), [
    "↻ web/pages/app.tsx and 1 more",
    "✓ Web assets built",
    "↻ Restarting edge",
    "restart edge",
  ]);
});

Deno.test("a failed build is shown and leaves the edge alone, not the others", async () => {
  deepStrictEqual(await after(["web/a.ts"], { build: "Unexpected token" }), [
    "↻ web/a.ts",
    "✗ Unexpected token",
  ]);
  deepStrictEqual(await after(["web/a.ts", "actors/host/a.ts"], { build: "no" }), [
    "↻ web/a.ts and 1 more",
    "✗ no",
    "↻ Restarting group-host",
    "restart group-host",
  ]);
});

Deno.test("a new migration is applied, an edited one that was applied before is named", async () => {
  deepStrictEqual(await after(["migrations/2_b.sql"], { applied: ["2_b.sql"] }), [
    "↻ migrations/2_b.sql",
    "✓ Database migrated: 2_b.sql",
  ]);
  deepStrictEqual(await after(["migrations/1_a.sql"]), [
    "↻ migrations/1_a.sql",
    "  1_a.sql was already applied; `deno task clean` starts over",
  ]);
});
