/**
 * `deno task projection:rebuild` and `deno task projection:check [--group ID]`: do one job about the read model of
 * the running stack, or of the servers in NATS_URL and DATABASE_URL, as a process of its own.
 */
import { DevError, runTask } from "./_error.ts";
import { devStateFile, rootDir } from "./_paths.ts";
import { permissionFlags } from "./permissions.ts";
import { readState } from "./state_file.ts";

const entry = `${rootDir}/actors/projection/job_process/main.ts`;

if (import.meta.main) await runTask(main);

async function main(): Promise<number> {
  const env = await settings();
  const child = new Deno.Command(Deno.execPath(), {
    args: [
      "run",
      "-P=projector",
      "--frozen",
      ...permissionFlags("projector", env),
      entry,
      ...Deno.args,
    ],
    cwd: rootDir,
    env: { LOG_LEVEL: "warning", ...env },
  }).spawn();
  // The terminal sends it to the child as well, which ends its job and then itself.
  const wait = () => {};
  Deno.addSignalListener("SIGINT", wait);
  const { code } = await child.status;
  Deno.removeSignalListener("SIGINT", wait);
  return code;
}

/** The servers that the environment names, else those of the running stack. */
async function settings(): Promise<Record<string, string>> {
  const state = await readState(devStateFile);
  const urlOf = (service: string, variable: string) => {
    const url = Deno.env.get(variable) ||
      state?.processes.find(({ name }) => name === service)?.url;
    if (url) return url;
    throw new DevError("setting-invalid", `Nothing is running, and ${variable} is not set`);
  };
  return { NATS_URL: urlOf("nats", "NATS_URL"), DATABASE_URL: urlOf("postgres", "DATABASE_URL") };
}
