import { match, ok, rejects, strictEqual } from "node:assert/strict";
import { freePort } from "./_ports.ts";
import { sleep } from "./_sleep.ts";
import type { ProcessSpec } from "./process_spec.ts";
import { Supervisor } from "./supervisor.ts";

const graceMs = 400;

const server = `
const port = Number(Deno.env.get("PORT"));
Deno.serve({ hostname: "127.0.0.1", port, onListen() {} }, () => new Response(String(Deno.pid)));
if (Deno.env.get("STUBBORN")) Deno.addSignalListener("SIGTERM", () => {});
`;

async function withSupervisor(
  body: (parts: {
    supervisor: Supervisor;
    said: string[];
    spec: (script: string, env?: Record<string, string>) => Promise<ProcessSpec>;
  }) => Promise<void>,
): Promise<void> {
  const dir = await Deno.makeTempDir();
  const said: string[] = [];
  const supervisor = new Supervisor({
    logDir: `${dir}/logs`,
    graceMs,
    say: (line) => said.push(line),
  });
  const spec = async (script: string, env: Record<string, string> = {}): Promise<ProcessSpec> => {
    const entry = `${dir}/child.ts`;
    await Deno.writeTextFile(entry, script);
    const port = freePort();
    const url = `http://127.0.0.1:${port}`;
    return {
      name: "child",
      command: Deno.execPath(),
      args: ["run", "--no-config", "--allow-net", "--allow-env", entry],
      cwd: dir,
      env: { ...env, PORT: `${port}` },
      port,
      url,
      match: entry,
      async isReady() {
        const response = await fetch(url);
        await response.body?.cancel();
        return response.ok;
      },
    };
  };
  try {
    await body({ supervisor, said, spec });
  } finally {
    await supervisor.stop();
    await Deno.remove(dir, { recursive: true });
  }
}

async function until(condition: () => boolean, timeoutMs = 10_000): Promise<void> {
  const deadline = performance.now() + timeoutMs;
  while (!condition()) {
    if (performance.now() > deadline) throw new Error("the condition did not come true");
    await sleep(20);
  }
}

const isAlive = (pid: number) => {
  try {
    Deno.kill(pid, "SIGCONT");
    return true;
  } catch {
    return false;
  }
};

Deno.test("a killed process is started again at the same port, and this is said", async () => {
  await withSupervisor(async ({ supervisor, said, spec }) => {
    const child = await spec(server);
    await supervisor.start(child);
    const before = supervisor.rows[0]?.pid ?? 0;
    Deno.kill(before, "SIGKILL");
    await until(() => said.some((line) => line.includes("ready again")));
    const answer = await (await fetch(child.url)).text();
    strictEqual(Number(answer), supervisor.rows[0]?.pid);
    ok(Number(answer) !== before);
    ok(said.some((line) => /child ended unexpectedly \(SIGKILL\); restart in 200 ms/.test(line)));
  });
});

Deno.test("a restart on demand is no crash", async () => {
  await withSupervisor(async ({ supervisor, said, spec }) => {
    await supervisor.start(await spec(server));
    supervisor.restart("child");
    await until(() => said.some((line) => line.includes("ready again")));
    ok(!said.some((line) => line.includes("unexpectedly")));
  });
});

Deno.test("a process that cannot start is given up with its last words", async () => {
  await withSupervisor(async ({ supervisor, spec }) => {
    const broken = await spec(`throw new Error("no such table");`);
    await rejects(() => supervisor.start(broken), (error: Error) => {
      match(error.message, /child does not start: it ended \(exit code 1\) 3 times/);
      match(error.message, /no such table/);
      return true;
    });
  });
});

Deno.test("a process that ignores the request to stop is killed after the grace", async () => {
  await withSupervisor(async ({ supervisor, spec }) => {
    await supervisor.start(await spec(server, { STUBBORN: "1" }));
    const pid = supervisor.rows[0]?.pid ?? 0;
    const started = performance.now();
    await supervisor.stop();
    const took = performance.now() - started;
    ok(!isAlive(pid));
    ok(took >= graceMs && took < 5_000, `took ${took} ms`);
  });
});

Deno.test("stopping ends a process that waits for its restart", async () => {
  await withSupervisor(async ({ supervisor, said, spec }) => {
    await supervisor.start(await spec(server));
    Deno.kill(supervisor.rows[0]?.pid ?? 0, "SIGKILL");
    await until(() => said.some((line) => line.includes("unexpectedly")));
    const started = performance.now();
    await supervisor.stop();
    ok(performance.now() - started < 1_000);
    await rejects(async () => supervisor.start(await spec(server)), /stack is stopping/);
  });
});
