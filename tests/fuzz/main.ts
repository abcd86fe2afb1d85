/**
 * `deno task fuzz:schemathesis`: Schemathesis, of the versions in requirements.txt, against a stack of its own, as
 * somebody who has a group with todos, and as an operator. Arguments go on to `schemathesis run`, `--seed 7` for one;
 * the exit code is the tool's. Takes some minutes, and needs Python 3.10 or newer with `venv`.
 */
import * as v from "valibot";
import { removePostgresHome, runTask, type Stack, startStack } from "../../dev/mod.ts";
import { Http } from "../support/edge_user.ts";

const HERE = new URL(".", import.meta.url).pathname;
/** Longer than any run: nobody signs in again while the tool guesses passwords. */
const ACCESS_TOKEN_SECONDS = "14400";
/** For every operation; more than ten thousand requests in all. */
const EXAMPLES = "80";
const TODOS = 5;

const Registered = v.object({ access_token: v.string() });
const Created = v.object({ group_id: v.string() });

await runTask(main);

async function main(): Promise<number> {
  const dataDir = await Deno.makeTempDir({ prefix: "todo-1m-fuzz-" });
  try {
    const tool = await install(`${dataDir}/venv`);
    Deno.env.set("ACCESS_TOKEN_SECONDS", ACCESS_TOKEN_SECONDS);
    // Thousands of refusals are what it is about.
    Deno.env.set("LOG_LEVEL", "error");
    await using stack = await startStack({ dataDir, stateFile: `${dataDir}/stack.json` });
    return await run(
      tool,
      [
        "--config-file",
        `${HERE}schemathesis.toml`,
        "run",
        `${stack.url}/openapi.json`,
        ...["--max-examples", EXAMPLES, "--continue-on-failure"],
        ...Deno.args,
      ],
      { cwd: dataDir, env: { ACCESS_TOKEN: await newOwner(stack), OPS_TOKEN: stack.opsToken } },
    );
  } finally {
    await removePostgresHome(`${dataDir}/postgres`);
    await Deno.remove(dataDir, { recursive: true });
  }
}

/** Makes a Python environment with the tool in `dir`, and returns the program. */
async function install(dir: string): Promise<string> {
  const steps = [
    ["python3", "-m", "venv", dir],
    [`${dir}/bin/pip`, "install", "--quiet", "--no-deps", "-r", `${HERE}requirements.txt`],
  ] as const;
  for (const [command, ...args] of steps) {
    const code = await run(command, args);
    if (code !== 0) throw new Error(`Cannot install Schemathesis: ${command} ended with ${code}`);
  }
  return `${dir}/bin/schemathesis`;
}

/** Runs a program in this terminal; its exit code. */
async function run(
  command: string,
  args: readonly string[],
  options: { readonly cwd?: string; readonly env?: Record<string, string> } = {},
): Promise<number> {
  const { code } = await new Deno.Command(command, { args: [...args], ...options }).spawn().status;
  return code;
}

/** The access token of a new user who owns a group with todos. */
async function newOwner({ url }: Stack): Promise<string> {
  using http = new Http(url);
  // Not the password of the document's examples, one of which deletes the account.
  const body = { username: "fuzzer", password: crypto.randomUUID() };
  const session = await http.send("POST", "/api/v1/auth/register", { body });
  const { access_token: token } = v.parse(Registered, session.body);
  const group = await http.send("POST", "/api/v1/groups", { token, body: { name: "Fuzz" } });
  const { group_id } = v.parse(Created, group.body);
  for (let n = 0; n < TODOS; n++) {
    const command = { type: "todo.create", group_id, payload: { title: `Todo ${n}` } };
    const { status } = await http.send("POST", "/api/v1/command", { token, body: command });
    if (status !== 201) throw new Error(`Cannot create a todo: ${status}`);
  }
  return token;
}
