/** Builds the browser's files by running `web/build.ts` as its own process. */
import { DevError } from "./_error.ts";
import { lastLine, run } from "./_exec.ts";
import { rootDir } from "./_paths.ts";

const timeLimitMs = 120_000;

/** Builds `web/assets`; throws `DevError` "assets-failed" with what the build said. */
export async function buildAssets(): Promise<void> {
  const finished = await run(
    Deno.execPath(),
    ["run", "-A", "--frozen", `${rootDir}/web/build.ts`],
    {
      cwd: rootDir,
      timeoutMs: timeLimitMs,
    },
  );
  if (finished.success) return;
  const output = finished.stderr.trim() || lastLine(finished);
  throw new DevError("assets-failed", `The web assets cannot be built:\n${output}`);
}
