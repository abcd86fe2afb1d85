/** Outcomes of commands that nobody waited for: the same at every edge, whichever took the command. */
import assert from "node:assert/strict";
import { exportJWK, generateKeyPair } from "@panva/jose";
import { newId } from "../../actors/protocol/mod.ts";
import { freePort, permissionFlags } from "../../dev/mod.ts";
import {
  natsUrlOfEdge,
  PATIENCE_MS,
  posted,
  type Site,
  spawnEdge,
  status,
  tokenOf,
  withEdge,
} from "./_edge_process.ts";
import { type HostProcess, startHostProcess } from "./_host_process.ts";
import { until } from "./_until.ts";

interface Told {
  readonly status: number;
  readonly code: string | undefined;
  readonly detail: string;
}

type Edge = Awaited<ReturnType<typeof spawnEdge>>;

interface Sites extends Site {
  /** Starts another edge beside the first; it is ended with the test. */
  readonly another: () => Promise<Edge>;
  readonly startHost: () => Promise<HostProcess>;
}

/** Edges that share keys, NATS and Postgres, with a projector, and a group host from when it is started. */
async function withEdges(run: (site: Sites) => Promise<void>): Promise<void> {
  const { privateKey } = await generateKeyPair("EdDSA", { extractable: true });
  const settings = { SIGNING_KEY: JSON.stringify(await exportJWK(privateKey)) };
  await withEdge(async (site) => {
    const store = { NATS_URL: site.nats.url, DATABASE_URL: site.databaseUrl };
    const edges: Edge[] = [];
    const hosts: HostProcess[] = [];
    const env = { ...store, PORT: `${freePort()}`, LOG_LEVEL: "error" };
    const projector = new Deno.Command(Deno.execPath(), {
      args: [
        "run",
        "-P=projector",
        ...permissionFlags("projector", env),
        "actors/projection/main.ts",
      ],
      env,
      stdout: "null",
      stderr: "inherit",
    }).spawn();
    try {
      await run({
        ...site,
        async another() {
          const edge = await spawnEdge({
            ...settings,
            ...store,
            NATS_URL: natsUrlOfEdge(site.nats),
          });
          edges.push(edge);
          await until(
            async () => await status(`${edge.url}/readyz`) === 200,
            PATIENCE_MS,
            edge.log,
          );
          return edge;
        },
        async startHost() {
          const host = await startHostProcess(site.nats.url);
          hosts.push(host);
          return host;
        },
      });
    } finally {
      for (const host of hosts) await host.kill("SIGKILL");
      projector.kill("SIGTERM");
      await projector.status;
      for (const { process, logged } of edges) {
        process.kill("SIGKILL");
        await process.status;
        await logged;
      }
    }
  }, settings);
}

/** Sends a command; answers where its outcome is told. */
async function sent(url: string, token: string, body: object, prefer = "respond-async") {
  const headers = { authorization: `Bearer ${token}`, prefer };
  const answer = await fetch(`${url}/api/v1/command`, posted(body, headers));
  assert.equal(answer.status, 202, await answer.text());
  return answer.headers.get("location") ?? "";
}

async function told(url: string, token: string, location: string): Promise<Told> {
  const answer = await fetch(url + location, { headers: { authorization: `Bearer ${token}` } });
  const { code, detail = "" } = await answer.json() as { code?: string; detail?: string };
  return { status: answer.status, code, detail };
}

/** What the edge at `url` says of the command when it no longer says that it waits. */
async function settled(url: string, token: string, location: string): Promise<Told> {
  let answer: Told | undefined;
  await until(async () => {
    answer = await told(url, token, location);
    return answer.status !== 202;
  }, PATIENCE_MS);
  return answer ?? assert.fail("nothing was told");
}

const create = (command_id: string) => ({
  command_id,
  type: "group.create",
  payload: { name: "Home" },
});
const rename = (group_id: string, expected_version: number) => ({
  type: "group.rename",
  group_id,
  expected_version,
  payload: { name: "Ours" },
});

Deno.test("a command that waits is pending at every edge, and told to its sender only", () =>
  withEdges(async ({ url, another, startHost }) => {
    const [token, stranger, other] = [await tokenOf(url), await tokenOf(url), await another()];
    const group = newId();
    const created = await sent(url, token, create(group));
    // Not asked to answer at once: it is late.
    const late = await sent(url, token, rename(group, 2), "wait=1");
    for (const edge of [url, other.url]) {
      for (const location of [created, late]) {
        assert.equal((await told(edge, token, location)).status, 202);
        assert.equal((await told(edge, stranger, location)).status, 404);
      }
      assert.equal((await told(edge, token, created.replace(group, newId()))).status, 404);
    }
    await startHost();
    for (const edge of [other.url, url]) {
      for (const location of [created, late]) {
        assert.equal((await settled(edge, token, location)).status, 200);
        assert.equal((await told(edge, stranger, location)).status, 404);
      }
    }
  }));

Deno.test("why a command was rejected is told by every edge, also by one that starts later", () =>
  withEdges(async ({ url, process, another, startHost }) => {
    await startHost();
    const [token, member, other] = [await tokenOf(url), await tokenOf(url), await another()];
    const group = newId();
    await settled(url, token, await sent(url, token, create(group)));
    const refused = await sent(url, token, rename(group, 7));
    const foreign = await sent(url, member, rename(group, 2));
    const ask = async (edge: string) => {
      const own = await settled(edge, token, refused);
      assert.deepEqual([own.status, own.code], [412, "version-conflict"], own.detail);
      const others = await settled(edge, member, foreign);
      assert.ok(others.status === 403 || others.status === 404, others.detail);
      assert.doesNotMatch(others.detail, /No outcome/);
      assert.equal((await told(edge, member, refused)).status, 404, "the sender's alone");
    };
    await ask(other.url);
    await ask(url);
    process.kill("SIGKILL");
    await process.status;
    await ask((await another()).url);
  }));

Deno.test("when the edge that took commands dies before they are decided, the others say what is known", () =>
  withEdges(async ({ url, process, another, startHost }) => {
    const host = await startHost();
    const [token, other] = [await tokenOf(url), await another()];
    const group = newId();
    await settled(url, token, await sent(url, token, create(group)));
    await host.kill("SIGTERM");
    const good = await sent(url, token, rename(group, 2));
    const bad = await sent(url, token, rename(group, 7));
    process.kill("SIGKILL");
    await process.status;
    for (const location of [good, bad]) {
      assert.equal((await told(other.url, token, location)).status, 202);
    }
    await startHost();
    assert.equal((await settled(other.url, token, good)).status, 200);
    const lost = await settled(other.url, token, bad);
    assert.equal(lost.status, 404);
    assert.match(lost.detail, /has had no effect .* reason that is not kept/);
  }));
