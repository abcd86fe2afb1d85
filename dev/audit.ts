/**
 * `deno task audit`: asks the registry for advisories about the locked packages. A finding of level high or
 * above is a failure; a registry that does not answer is said in one line and is none.
 */
import { readAudit } from "./_advisories.ts";
import { runTask } from "./_error.ts";
import { run } from "./_exec.ts";
import { rootDir } from "./_paths.ts";
import { green, red, say, yellow } from "./_say.ts";

const timeLimitMs = 60_000;

if (import.meta.main) await runTask(main);

async function main(): Promise<number> {
  const finished = await run(Deno.execPath(), ["audit", "--level=high"], {
    cwd: rootDir,
    env: { NO_COLOR: "1" },
    timeoutMs: timeLimitMs,
  });
  const { kind, text } = readAudit(finished);
  switch (kind) {
    case "clean":
      say(`${green("✓")} No package has an advisory of level high or above`);
      return 0;
    case "unreachable":
      say(`${yellow("!")} Packages were not audited, the advisories cannot be reached: ${text}`);
      return 0;
    case "found":
    case "failed":
      say(`${red("✗")} deno audit --level=high: ${text}`);
      return 1;
    default:
      return kind satisfies never;
  }
}
