/**
 * What the processes of the running stack have asked their runtime for, from its audit log of permissions:
 * nothing outside their permission sets, and no server but those of their settings.
 */
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { permissionFlags, type ProcessRow, readState } from "../../dev/mod.ts";
import { setting } from "../support/eventually.ts";
import { groupOf, send, somebody } from "./_edge_client.ts";
import {
  natsUrlOfEdge,
  PATIENCE_MS as START_MS,
  spawnEdge,
  status,
  withEdge,
} from "./_edge_process.ts";
import { startHostProcess } from "./_host_process.ts";
import { until } from "./_until.ts";

const ROOT = new URL("../../", import.meta.url);
const PATIENCE_MS = 5_000;

/** A permission that was asked for, granted or not. */
interface Asked {
  readonly permission: string;
  /** `null` stands for all of them. */
  readonly value: string | null;
}

interface Granted {
  readonly env: readonly string[];
  /** `host:port` */
  readonly net: readonly string[];
  readonly read: readonly string[];
}

/** The records of an audit log; the runtime may be in the middle of the last one. */
function recordsOf(log: string): Asked[] {
  const lines = log.split("\n").filter((line) => line !== "");
  return lines.flatMap((line, i) => {
    if (i === lines.length - 1 && !line.endsWith("}")) return [];
    return [JSON.parse(line) as Asked];
  });
}

/** What was asked for that is not granted. */
function outside(asked: readonly Asked[], granted: Granted): string[] {
  return asked.filter(({ permission, value }) => {
    if (value === null) return true;
    if (permission === "env") return !granted.env.includes(value);
    if (permission === "net") return !granted.net.includes(addressOf(value));
    const isBelow = (path: string) => value === path || value.startsWith(`${path}/`);
    return permission !== "read" || value.includes("..") || !granted.read.some(isBelow);
  }).map(({ permission, value }) => `${permission} ${value}`);
}

/** `host:port` of what a server is asked at, which is a URL or that already. */
function addressOf(value: string): string {
  return URL.canParse(value) && value.includes("://") ? new URL(value).host : value;
}

async function setsOfVariables(): Promise<Record<string, { readonly env: string[] }>> {
  return JSON.parse(await readFile(new URL("deno.json", ROOT), "utf8")).permissions;
}

Deno.test("no process of the running stack has asked for what is outside its permissions", async () => {
  const person = await somebody();
  const { token } = person;
  const group_id = await groupOf(person, "Permissions");
  const payload = { title: "Ask for nothing else" };
  const body = { type: "todo.create", group_id, payload };
  assert.equal((await send("POST", "/api/v1/command", { token, body })).status, 201);
  for (const path of ["/", "/login", "/docs", "/openapi.json", "/metrics", "/readyz"]) {
    assert.ok((await send("GET", path, { token })).status < 400, path);
  }
  const headers = { authorization: `Bearer ${token}` };
  const stream = `${setting("TEST_EDGE_URL")}/events?group_id=${group_id}`;
  assert.equal(await status(stream, { headers }), 200);

  const state = await readState(setting("TEST_DEV_JSON"));
  assert.ok(state);
  const nats = new URL(setting("TEST_NATS_URL")).host;
  const natsOfEdge = new URL(setting("TEST_EDGE_NATS_URL")).host;
  const database = new URL(setting("TEST_DATABASE_URL")).host;
  const streamer = new URL(setting("TEST_STREAMER_URL")).host;
  const mayAsk: Record<string, readonly string[]> = {
    edge: [natsOfEdge, database, streamer],
    "group-host": [nats],
    streamer: [nats],
    projector: [nats, database],
  };
  const sets = await setsOfVariables();
  for (const [name, servers] of Object.entries(mayAsk)) {
    const own: ProcessRow | undefined = state.processes.find((process) => process.name === name);
    const log = () => readFile(`${state.dataDir}/permissions/${name}.jsonl`, "utf8");
    // What the runtime has not written yet it writes soon.
    await until(async () => (await log()).includes(servers[0] ?? ""), PATIENCE_MS, () => name);
    const asked = recordsOf(await log());
    for (const server of servers) {
      const asks = asked.some(({ value }) => addressOf(value ?? "") === server);
      assert.ok(asks, `${name} has asked for ${server}`);
    }
    const granted: Granted = {
      env: sets[name]?.env ?? [],
      net: [...servers, `127.0.0.1:${own?.port}`],
      read: name === "edge" ? [new URL("web/assets", ROOT).pathname] : [],
    };
    assert.deepEqual(outside(asked, granted), [], name);
  }
});

Deno.test("what a process asks for beyond its permissions is refused and found in the audit log", async () => {
  const dir = await Deno.makeTempDir({ prefix: "todo1m-permissions-" });
  const settings = {
    NATS_URL: "nats://127.0.0.1:1",
    DATABASE_URL: "postgres://nobody@127.0.0.1:2/none",
    PORT: "3",
  };
  const attempts = `
    const attempts = [
      () => Deno.env.get("NATS_URL"),
      () => Deno.env.get("HOME"),
      () => Deno.env.toObject(),
      () => Deno.connect({ hostname: "127.0.0.1", port: 9 }),
      () => Deno.connect({ hostname: "169.254.169.254", port: 80 }),
      () => fetch("http://127.0.0.1:2/"),
      () => Deno.readTextFile("deno.json"),
      () => Deno.writeTextFile("written", ""),
      () => new Deno.Command("true").output(),
    ];
    for (const attempt of attempts) {
      try {
        await attempt();
        console.log("done");
      } catch (error) {
        console.log(error.name);
      }
    }`;
  try {
    await Deno.writeTextFile(`${dir}/attempts.js`, attempts);
    const flags = ["-P=projector", ...permissionFlags("projector", settings), "--no-prompt"];
    const config = ["--config", new URL("deno.json", ROOT).pathname];
    const { stdout } = await new Deno.Command(Deno.execPath(), {
      args: ["run", ...config, ...flags, `${dir}/attempts.js`],
      cwd: ROOT,
      env: { ...settings, DENO_AUDIT_PERMISSIONS: `${dir}/audit.jsonl` },
      stderr: "null",
    }).output();
    // Nobody listens on the one address that it may ask.
    const outcomes = new TextDecoder().decode(stdout).trim().split("\n");
    const refused = Array.from({ length: 4 }, () => "NotCapable");
    assert.deepEqual(outcomes, ["done", ...refused, "TypeError", ...refused.slice(1)]);
    const granted = {
      env: (await setsOfVariables())["projector"]?.env ?? [],
      net: ["127.0.0.1:1", "127.0.0.1:2", "127.0.0.1:3"],
      read: [],
    };
    const found = outside(recordsOf(await readFile(`${dir}/audit.jsonl`, "utf8")), granted);
    for (
      const asked of [
        "env HOME",
        "env null",
        "net 127.0.0.1:9",
        "net 169.254.169.254:80",
        "read deno.json",
        "write written",
      ]
    ) {
      assert.ok(found.includes(asked), `${asked} is not in ${found}`);
    }
    assert.ok(!found.some((asked) => asked.includes("NATS_URL") || asked.includes("127.0.0.1:2")));
  } finally {
    await Deno.remove(dir, { recursive: true });
  }
});

Deno.test("processes reach their servers by the names in their settings, as pods do", () =>
  withEdge(async ({ nats, databaseUrl }) => {
    const named = (url: string) => url.replace("127.0.0.1", "localhost");
    const settings = { NATS_URL: named(nats.url), DATABASE_URL: named(databaseUrl) };
    assert.match(settings.NATS_URL + settings.DATABASE_URL, /localhost.*localhost/);
    await using _host = await startHostProcess(settings.NATS_URL);
    const edge = await spawnEdge({ ...settings, NATS_URL: named(natsUrlOfEdge(nats)) });
    try {
      await until(async () => (await status(`${edge.url}/readyz`)) === 200, START_MS, edge.log);
    } finally {
      edge.process.kill("SIGKILL");
      await edge.process.status;
      await edge.logged;
    }
  }));
