/** The arguments of the tasks. Pure. */
import { DevError } from "./_error.ts";

const MAX_HOSTS = 16;

/**
 * How many group hosts `--hosts N` asks for; 1 without it.
 *
 * @throws {DevError} "setting-invalid" for any other argument
 */
export function hostsOption(args: readonly string[]): number {
  const [option, value, ...rest] = args.flatMap((arg) => arg.split("="));
  if (option === undefined) return 1;
  if (option !== "--hosts" || rest.length > 0) {
    throw new DevError("setting-invalid", `"${args.join(" ")}" is not understood; use: --hosts N`);
  }
  const hosts = Number(value);
  if (!Number.isInteger(hosts) || hosts < 1 || hosts > MAX_HOSTS) {
    throw new DevError(
      "setting-invalid",
      `--hosts takes a number from 1 to ${MAX_HOSTS}, not "${value ?? ""}"`,
    );
  }
  return hosts;
}

/**
 * Refuses every argument of the task `task`, which takes none.
 *
 * @throws {DevError} "setting-invalid"
 */
export function refuseArguments(task: string, args: readonly string[]): void {
  if (args.length === 0) return;
  throw new DevError(
    "setting-invalid",
    `"${args.join(" ")}" is not understood; use: deno task ${task}`,
  );
}
