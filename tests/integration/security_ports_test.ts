/**
 * What the running processes listen on: loopback only on a developer's machine; and with a port for operators
 * in the settings, no public port tells what is theirs.
 */
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { exportJWK, generateKeyPair } from "@panva/jose";
import { freePort } from "../../dev/mod.ts";
import { setting } from "../support/eventually.ts";
import { Api } from "./_api_document.ts";
import { PATIENCE_MS, type Site, spawnEdge, status, withEdge } from "./_edge_process.ts";
import { isOpen, listeningOf, outwardAddresses } from "./_listening.ts";
import { until } from "./_until.ts";

const OPS_TOKEN = "a token for operators in this test";

/** The processes of the stack that the tests share. */
async function stackProcesses(): Promise<{ name: string; pid: number; port: number }[]> {
  return JSON.parse(await readFile(setting("TEST_DEV_JSON"), "utf8")).processes;
}

Deno.test("what the running stack listens on is reached from this machine only", async () => {
  const rows = await stackProcesses();
  assert.deepEqual(rows.map(({ name }) => name).sort(), [
    "edge",
    "group-host",
    "nats",
    "postgres",
    "projector",
    "streamer",
  ]);
  for (const { name, port } of rows) {
    assert.equal(await isOpen("127.0.0.1", port), true, name);
    for (const address of outwardAddresses()) {
      assert.equal(await isOpen(address, port), false, `${name} on ${address}:${port}`);
    }
  }
});

Deno.test("no process of the running stack listens on more than it says, or on another address than loopback", async () => {
  for (const { name, pid, port } of await stackProcesses()) {
    const listening = await listeningOf(pid);
    const told = `${name}: ${JSON.stringify(listening)}`;
    assert.ok(listening.some((each) => each.port === port), told);
    assert.ok(listening.every(({ address }) => address === "127.0.0.1"), told);
    // NATS has a port for WebSocket connections and one that tells how it is.
    assert.equal(listening.length, name === "nats" ? 3 : 1, told);
    for (const address of outwardAddresses()) {
      for (const { port } of listening) assert.equal(await isOpen(address, port), false, told);
    }
  }
});

interface Ports extends Site {
  /** What each process answers the public on, and operators. */
  readonly doors: Readonly<Record<"edge" | "streamer", { public: string; operators: string }>>;
  readonly streamer: Deno.ChildProcess;
}

/** A JWK set with a public key that nobody signs with. */
async function someKeys(): Promise<string> {
  const { publicKey } = await generateKeyPair("EdDSA", { extractable: true });
  return JSON.stringify({ keys: [{ ...await exportJWK(publicKey), kid: "k1" }] });
}

/** An edge and a streamer with ports for operators. */
async function withPorts(run: (ports: Ports) => Promise<void>): Promise<void> {
  const [edgePort, streamPort, streamOperations] = [freePort(), freePort(), freePort()];
  const at = (port: number) => `http://127.0.0.1:${port}`;
  await withEdge(async (site) => {
    const jwks = await someKeys();
    await using streamer = new Deno.Command(Deno.execPath(), {
      args: ["run", "-P=streamer", "actors/stream/main.ts"],
      env: {
        ENVIRONMENT: "development",
        NATS_URL: site.nats.url,
        JWKS: jwks,
        PORT: `${streamPort}`,
        METRICS_PORT: `${streamOperations}`,
      },
      stdout: "null",
      stderr: "null",
    }).spawn();
    const doors = {
      edge: { public: site.url, operators: at(edgePort) },
      streamer: { public: at(streamPort), operators: at(streamOperations) },
    };
    for (const { operators } of Object.values(doors)) {
      await until(async () => await status(`${operators}/readyz`) === 200, PATIENCE_MS, site.log);
    }
    await run({ ...site, doors, streamer });
  }, { METRICS_PORT: `${edgePort}`, OPS_TOKEN });
}

Deno.test("with a port for operators no public port answers metrics or readiness, or admin paths without the token", () =>
  withPorts(async ({ doors, url }) => {
    for (const [name, door] of Object.entries(doors)) {
      for (const path of ["/metrics", "/readyz"]) {
        assert.equal(await status(door.public + path), 404, `${name} ${path}`);
        assert.equal(await status(door.operators + path), 200, `${name} ${path}`);
      }
      assert.equal(await status(`${door.operators}/livez`), 200);
      const metrics = await (await fetch(`${door.operators}/metrics`)).text();
      assert.match(metrics, new RegExp(`tf_process_uptime_seconds\\{process="${name}"\\} \\d`));
    }
    const { paths } = await (await fetch(`${url}/openapi.json`)).json() as {
      paths: Record<string, Record<string, unknown>>;
    };
    assert.ok(!("/metrics" in paths) && !("/readyz" in paths), "the document names what is served");
    const admin = Object.entries(paths).filter(([path]) => path.startsWith("/api/v1/admin/"));
    assert.ok(admin.length >= 3);
    for (const [path, methods] of admin) {
      const address = path.replaceAll(/\{[^}]*\}/g, "1");
      for (const method of Object.keys(methods).map((each) => each.toUpperCase())) {
        const told = `${method} ${path}`;
        const headers = { authorization: `Bearer ${"x".repeat(OPS_TOKEN.length)}` };
        assert.equal(await status(doors.edge.public + address, { method }), 401, told);
        assert.equal(await status(doors.edge.public + address, { method, headers }), 401, told);
        assert.equal(await status(doors.streamer.public + address, { method }), 404, told);
        for (const { operators } of Object.values(doors)) {
          assert.equal(await status(operators + address, { method }), 404, told);
        }
      }
    }
    const headers = { authorization: `Bearer ${OPS_TOKEN}` };
    assert.equal(await status(`${url}/api/v1/admin/dead-letters`, { headers }), 200);
  }));

Deno.test("with a port for operators edge and streamer listen on two ports, both of loopback on this machine", () =>
  withPorts(async ({ doors, process, streamer }) => {
    const portsOf = (door: { public: string; operators: string }) =>
      [door.public, door.operators].map((url) => Number(new URL(url).port)).sort();
    const processes = [[process.pid, doors.edge], [streamer.pid, doors.streamer]] as const;
    for (const [pid, door] of processes) {
      const listening = await listeningOf(pid);
      assert.deepEqual(listening.map(({ port }) => port).sort(), portsOf(door));
      assert.ok(listening.every(({ address }) => address === "127.0.0.1"));
    }
  }));

Deno.test("in production without a port for operators the metrics are for who bears the ops token only", async () => {
  await withEdge(async ({ url, nats }) => {
    const metrics = `${url}/metrics`;
    const bearer = (token: string) => ({ headers: { authorization: `Bearer ${token}` } });
    assert.equal(await status(metrics), 404);
    assert.equal(await status(metrics, bearer("x".repeat(OPS_TOKEN.length))), 404);
    assert.equal(await status(metrics, bearer(OPS_TOKEN)), 200);
    const api = new Api(await (await fetch(`${url}/openapi.json`)).json());
    for (const init of [{}, bearer(OPS_TOKEN)]) {
      const answer = await fetch(metrics, init);
      const { status, headers } = answer;
      api.judge("GET", "/metrics", { status, headers, text: await answer.text() });
    }
    assert.equal(await status(`${url}/readyz`), 200);

    const port = freePort();
    await using _streamer = new Deno.Command(Deno.execPath(), {
      args: ["run", "-P=streamer", "actors/stream/main.ts"],
      env: {
        ENVIRONMENT: "production",
        HOST: "127.0.0.1",
        NATS_URL: nats.url,
        JWKS: await someKeys(),
        PORT: `${port}`,
      },
      stdout: "null",
      stderr: "null",
    }).spawn();
    const streamer = `http://127.0.0.1:${port}`;
    await until(async () => await status(`${streamer}/readyz`) === 200, PATIENCE_MS);
    assert.equal(await status(`${streamer}/metrics`), 404);
  }, { ENVIRONMENT: "production", HOST: "127.0.0.1", OPS_TOKEN });
  await withEdge(async ({ url }) => {
    const headers = { authorization: "Bearer " };
    assert.equal(await status(`${url}/metrics`, { headers }), 404, "no token opens nothing");
  }, { ENVIRONMENT: "production", HOST: "127.0.0.1" });
});

Deno.test("an edge that cannot reach its dependencies says so on the port for operators from the start", async () => {
  const port = freePort();
  const { process, logged } = await spawnEdge({
    METRICS_PORT: `${port}`,
    // Nobody listens there.
    NATS_URL: `nats://127.0.0.1:${freePort()}`,
    DATABASE_URL: `postgres://nobody@127.0.0.1:${freePort()}/none`,
  });
  try {
    const operators = `http://127.0.0.1:${port}`;
    await until(async () => await status(`${operators}/livez`) === 200, PATIENCE_MS);
    assert.equal(await status(`${operators}/readyz`), 503);
    const metrics = await (await fetch(`${operators}/metrics`)).text();
    assert.match(metrics, /tf_process_uptime_seconds/);
  } finally {
    process.kill("SIGKILL");
    await process.status;
    await logged;
  }
});
