import assert from "node:assert/strict";
import { connectNats, pause } from "../../actors/platform/mod.ts";
import { ProblemError } from "../../actors/protocol/mod.ts";
import { pauseProcess, startNatsServer } from "../../dev/mod.ts";
import { mailboxes } from "./guarded.ts";
import { natsFirst } from "./nats_first.ts";

Deno.test("work that needs NATS is refused in time, then at once, and done again when it is back", async () => {
  const dataDir = await Deno.makeTempDir({ prefix: "todo1m-nats-first-test-" });
  try {
    await using server = await startNatsServer({ dataDir });
    const connection = await connectNats({ url: server.url, name: "edge" });
    const nats = mailboxes();
    let done = 0;
    const work = natsFirst(nats, connection)((step: number) => Promise.resolve(done += step));
    const refusal = async () => {
      const startedAt = performance.now();
      await assert.rejects(
        work(1),
        (error) => error instanceof ProblemError && error.problem.code === "unavailable",
      );
      return performance.now() - startedAt;
    };
    try {
      assert.equal(await work(2), 2);
      await pauseProcess(server.pid);
      try {
        const first = await Promise.all([1, 2, 3, 4, 5].map(refusal));
        assert.ok(Math.max(...first) < 1_500, `${first} ms`);
        assert.equal(nats.state, 2);
        assert.ok(await refusal() < 100);
        assert.deepEqual([done, nats.turnedAway.late, nats.turnedAway.refused], [2, 5, 1]);
      } finally {
        Deno.kill(server.pid, "SIGCONT");
      }
      const giveUpAt = performance.now() + 10_000;
      let isBack = false;
      while (!isBack && performance.now() < giveUpAt) {
        await pause(100);
        isBack = await work(0).then(() => true, () => false);
      }
      assert.equal(await work(3), 5);
    } finally {
      await connection.close();
    }
  } finally {
    await Deno.remove(dataDir, { recursive: true });
  }
});
