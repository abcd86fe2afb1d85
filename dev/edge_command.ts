/**
 * How a process of the edge is run: by the Deno that runs this, as `edge/serve.ts`; or by an older one and the
 * way Deno Deploy does it, which calls what `edge/main.ts` exports. Either is allowed the same and no more.
 */
import { loopback } from "./_ports.ts";
import { rootDir } from "./_paths.ts";
import { permissionFlags } from "./permissions.ts";

/** What to spawn. */
export interface EdgeCommand {
  readonly command: string;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  /** The absolute path of the program's first file; the last of `args`. */
  readonly entry: string;
}

/**
 * The command that runs an edge with these settings.
 *
 * @param olderDeno the program of an older Deno, to run it as Deno Deploy does
 */
export function edgeCommand(
  settings: Readonly<Record<string, string>>,
  olderDeno?: string,
): EdgeCommand {
  const allowed = permissionFlags("edge", settings);
  if (olderDeno === undefined) {
    const entry = `${rootDir}/edge/serve.ts`;
    const args = ["run", "-P=edge", "--frozen", ...allowed, entry];
    return { command: Deno.execPath(), args, env: settings, entry };
  }
  const entry = `${rootDir}/edge/main.ts`;
  const { HOST = loopback, PORT = "0" } = settings;
  const variables = `--allow-env=${variablesOfEdge().join(",")}`;
  // The packages that the newer Deno has installed; the older one changes none of them.
  const given = ["--no-lock", "--node-modules-dir=manual", "--no-prompt", variables, ...allowed];
  return {
    command: olderDeno,
    args: ["serve", "--host", HOST, "--port", PORT, ...given, entry],
    env: {
      DENO_DEPLOYMENT_ID: "floor",
      // Two versions in one folder keep discarding each other's work.
      DENO_DIR: `${olderDeno}-cache`,
      DENO_NO_UPDATE_CHECK: "1",
      NO_COLOR: "1",
      ...settings,
    },
    entry,
  };
}

/** What the permission set of the edge names; older Denos know no sets. */
function variablesOfEdge(): readonly string[] {
  const text = Deno.readTextFileSync(`${rootDir}/deno.json`);
  const { permissions } = JSON.parse(text) as { permissions: { edge: { env: string[] } } };
  return permissions.edge.env;
}
