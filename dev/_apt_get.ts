/** Debian's own packages, installed with the machine's apt by whoever may. */
import { lastLine, run, which } from "./_exec.ts";
import { type Say, withHeartbeat } from "./_say.ts";

const limitMs = 300_000;

/** Whether this process may install packages: a Debian, and its root user. */
export async function canInstall(): Promise<boolean> {
  return Deno.build.os === "linux" && Deno.uid() === 0 && await which("apt-get") !== undefined;
}

/**
 * Installs the package `name`, with progress.
 *
 * @param what what it is for, as progress and errors call it
 * @returns why it is not installed; `undefined` when it is
 */
export async function installPackage(
  name: string,
  { what, say }: { readonly what: string; readonly say: Say },
): Promise<string | undefined> {
  const steps = [["update"], ["install", "--yes", "--no-install-recommends", name]];
  for (const args of steps) {
    const label = `${what}: apt-get ${args[0]}`;
    const finished = await withHeartbeat(
      label,
      () =>
        run("apt-get", ["-q", "-o", "Acquire::Retries=2", ...args], {
          cwd: "/",
          env: { DEBIAN_FRONTEND: "noninteractive" },
          timeoutMs: limitMs,
        }),
      { say },
    );
    if (!finished.success) return `apt-get ${args[0]}: ${lastLine(finished)}`;
  }
  return undefined;
}
