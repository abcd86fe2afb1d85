/**
 * What accounts cost: new access tokens, which every page asks for before the old one ends, and signing in.
 * Prints the rate and the processor time of each in every process.
 *
 * `deno task bench:accounts [--seconds 5] [--callers 32] [--url http://…] [--json FILE]`; without `--url` it
 * starts a throw-away stack.
 */
import { parseArgs } from "node:util";
import { newId } from "../../actors/protocol/mod.ts";
import { cpuTimes } from "./_cpu_time.ts";
import { HttpClient } from "../support/http_client.ts";
import { cpuEach, withTarget } from "./_target.ts";
import { keepCosts } from "./costs.ts";

const { values } = parseArgs({
  args: Deno.args,
  options: {
    seconds: { type: "string", default: "5" },
    callers: { type: "string", default: "32" },
    url: { type: "string" },
    json: { type: "string" },
  },
});

const PASSWORD = "benchmark-password";

/** Somebody with an account and the newest refresh token of its session. */
interface Person {
  readonly client: HttpClient;
  readonly username: string;
  refreshToken: string;
}

async function post(client: HttpClient, path: string, body: unknown): Promise<string> {
  const reply = await client.send("POST", path, { body });
  if (reply.status >= 300) throw new Error(`${path}: ${reply.status} ${reply.body}`);
  return (JSON.parse(reply.body) as { readonly refresh_token: string }).refresh_token;
}

async function enrol(url: string): Promise<Person> {
  const client = await HttpClient.connect(url);
  const username = `bench-${newId().slice(-16)}`;
  const credentials = { username, password: PASSWORD };
  return {
    client,
    username,
    refreshToken: await post(client, "/api/v1/auth/register", credentials),
  };
}

const ACTS = {
  refresh: async (person: Person) => {
    const body = { refresh_token: person.refreshToken };
    person.refreshToken = await post(person.client, "/api/v1/auth/refresh", body);
  },
  login: async ({ client, username }: Person) => {
    await post(client, "/api/v1/auth/login", { username, password: PASSWORD });
  },
};

/** Everybody does `act` again and again; says how often that was. */
async function closedLoop(
  people: readonly Person[],
  act: (person: Person) => Promise<void>,
  seconds: number,
): Promise<number> {
  const end = performance.now() + seconds * 1000;
  let count = 0;
  await Promise.all(people.map(async (person) => {
    for (; performance.now() < end; count++) await act(person);
  }));
  return count;
}

await withTarget(values.url, async (url, processes) => {
  const people: Person[] = [];
  while (people.length < Number(values.callers)) people.push(await enrol(url));
  const seconds = Number(values.seconds);
  for (const name of ["refresh", "login"] as const) {
    await closedLoop(people, ACTS[name], Math.min(2, seconds));
    const before = cpuTimes(processes());
    const startedAt = performance.now();
    const count = await closedLoop(people, ACTS[name], seconds);
    const rate = count / ((performance.now() - startedAt) / 1000);
    const cpuUs = cpuEach(before, cpuTimes(processes()), count);
    const costs = [...cpuUs].map(([process, us]) => `${process} ${us.toFixed(0)}`);
    console.log(`${name.padEnd(8)} ${rate.toFixed(0).padStart(6)}/s   CPU µs: ${costs.join(", ")}`);
    if (cpuUs.size === 0) continue;
    const [edge = NaN, postgres = NaN] = [cpuUs.get("edge"), cpuUs.get("postgres")];
    await keepCosts(
      values.json,
      name === "refresh"
        ? { "account.refresh_edge_us": edge, "account.refresh_postgres_us": postgres }
        : { "account.login_edge_us": edge, "account.login_postgres_us": postgres },
    );
  }
  for (const { client } of people) client[Symbol.dispose]();
});
