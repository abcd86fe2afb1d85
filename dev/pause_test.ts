import { ok, strictEqual } from "node:assert/strict";
import { sleep } from "./_sleep.ts";
import { pauseProcess } from "./pause.ts";

Deno.test("a paused process writes nothing more until it goes on", async () => {
  const child = new Deno.Command(Deno.execPath(), {
    args: ["eval", "--no-config", "setInterval(() => console.log(1), 1)"],
    stdin: "null",
    stdout: "piped",
    stderr: "null",
  }).spawn();
  let lines = 0;
  const reading = (async () => {
    for await (const chunk of child.stdout) lines += chunk.length / 2;
  })();
  try {
    while (lines === 0) await sleep(10);
    await pauseProcess(child.pid);
    await sleep(50);
    const before = lines;
    await sleep(100);
    strictEqual(lines, before);
    Deno.kill(child.pid, "SIGCONT");
    while (lines === before) await sleep(10);
    ok(lines > before);
  } finally {
    child.kill("SIGKILL");
    await child.status;
    await reading;
  }
});
