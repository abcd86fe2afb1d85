import { deepStrictEqual, match, ok, rejects, strictEqual } from "node:assert/strict";
import { lastHolder, takeLock } from "./_lock.ts";
import { stopRunningStack } from "./_stop_stack.ts";

const lockModule = import.meta.resolve("./_lock.ts");

async function withDir(body: (dir: string) => Promise<void>): Promise<void> {
  const dir = await Deno.makeTempDir({ prefix: "todo-1m-stop-test-" });
  try {
    await body(dir);
  } finally {
    await Deno.remove(dir, { recursive: true });
  }
}

/** A supervisor that has taken the lock and written nothing else. */
async function startingStack(dir: string): Promise<Deno.ChildProcess> {
  await Deno.mkdir(`${dir}/dev`);
  await Deno.writeTextFile(
    `${dir}/dev/main.ts`,
    `import { takeLock } from ${JSON.stringify(lockModule)};
     using lock = await takeLock(${JSON.stringify(dir)});
     console.log(lock !== undefined);
     await new Promise((resolve) => setTimeout(resolve, 60_000));`,
  );
  const child = new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", "--no-config", "--no-check", `${dir}/dev/main.ts`],
    stdin: "null",
    stdout: "piped",
    stderr: "null",
  }).spawn();
  const reader = child.stdout.getReader();
  const { value } = await reader.read();
  strictEqual(new TextDecoder().decode(value), "true\n");
  await reader.cancel();
  return child;
}

Deno.test("a stack that has only just begun to start is stopped", async () => {
  await withDir(async (dir) => {
    const child = await startingStack(dir);
    const said: string[] = [];
    {
      using stopped = await stopRunningStack({ dir, say: (line) => said.push(line) });
      ok(stopped.ran);
      strictEqual(await takeLock(dir), undefined, "nobody starts it meanwhile");
    }
    strictEqual((await child.status).signal, "SIGTERM");
    match(said.join("\n"), /^Stopping the stack that is starting \(pid \d+\)/);
  });
});

Deno.test("a start after a killed one is stopped, and so are the processes of the killed one", async () => {
  await withDir(async (dir) => {
    const match = `setTimeout(() => {}, 59_999)`;
    const left = new Deno.Command(Deno.execPath(), { args: ["eval", match], stdin: "null" })
      .spawn();
    const row = { name: "edge", pid: left.pid, port: 1, url: "http://x", match };
    await Deno.writeTextFile(
      `${dir}/dev.json`,
      JSON.stringify({ url: "http://x", pid: 2 ** 22 + 1, dataDir: dir, processes: [row] }),
    );
    const child = await startingStack(dir);
    using stopped = await stopRunningStack({ dir, say: () => {} });
    ok(stopped.ran);
    await Promise.all([child.status, left.status]);
    await rejects(Deno.stat(`${dir}/dev.json`), Deno.errors.NotFound);
  });
});

Deno.test("where nothing is, nothing is stopped and nothing is made", async () => {
  await withDir(async (parent) => {
    const dir = `${parent}/.runtime`;
    using stopped = await stopRunningStack({ dir });
    strictEqual(stopped.ran, false);
    deepStrictEqual(await Array.fromAsync(Deno.readDir(parent)), []);
  });
});

Deno.test("the lock names its holder", async () => {
  await withDir(async (dir) => {
    strictEqual(await lastHolder(dir), undefined);
    using lock = await takeLock(dir);
    ok(lock);
    strictEqual(await lastHolder(dir), Deno.pid);
  });
});
