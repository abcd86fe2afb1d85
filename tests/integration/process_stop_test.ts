/** Processes that wait for a NATS server which is not there can be stopped. */
import assert from "node:assert/strict";
import { freePort } from "../../dev/mod.ts";

const STOPS_WITHIN_MS = 5_000;
/** Longer than it takes to load the program: what is tested is a process that waits. */
const LOADED_MS = 2_000;

const PROGRAMS = {
  "group-host": "actors/host/main.ts",
  streamer: "actors/stream/main.ts",
  projector: "actors/projection/main.ts",
};

for (const [name, entry] of Object.entries(PROGRAMS)) {
  Deno.test(`a ${name} that waits for NATS stops when it is asked to`, async () => {
    const process = new Deno.Command(Deno.execPath(), {
      args: ["run", `-P=${name}`, "--frozen", entry],
      env: {
        NATS_URL: `nats://127.0.0.1:${freePort()}`,
        DATABASE_URL: Deno.env.get("TEST_DATABASE_URL") ?? "",
        JWKS: '{"keys":[]}',
        PORT: `${freePort()}`,
        LOG_LEVEL: "error",
      },
      stdin: "null",
      stdout: "null",
      stderr: "null",
    }).spawn();
    let isGone = false;
    const status = process.status.finally(() => isGone = true);
    await new Promise((resolve) => setTimeout(resolve, LOADED_MS));
    assert.ok(!isGone, "it waits");
    process.kill("SIGTERM");
    const timer = setTimeout(() => process.kill("SIGKILL"), STOPS_WITHIN_MS);
    const { code, signal } = await status;
    clearTimeout(timer);
    assert.deepEqual([code, signal], [0, null]);
  });
}
