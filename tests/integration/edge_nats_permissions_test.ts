/** What NATS does not permit is said in the log of the edge, not only felt as timeouts. */
import assert from "node:assert/strict";
import { headers } from "@nats-io/nats-core";
import { connectNats, connectPostgres, pause, Requests } from "../../actors/platform/mod.ts";
import { KeptLog } from "../../actors/platform/testing/mod.ts";
import { natsServerBinary } from "../../dev/mod.ts";
import { followEndedSessions } from "../../edge/auth/mod.ts";
import { NatsMailbox } from "../../edge/commands/mod.ts";
import { Projection } from "../../edge/reads/mod.ts";

const CONFIGURATION = `
listen: "127.0.0.1:-1"
no_auth_user: edge
authorization {
  users: [{
    user: "edge", password: "edge"
    permissions: { publish: ">", subscribe: { deny: ["svc.>", "auth.>", "_INBOX.>"] } }
  }]
}
`;

/** A server that permits no subscription of the edge's. */
async function withStrictServer(run: (url: string) => Promise<void>): Promise<void> {
  const dir = await Deno.makeTempDir({ prefix: "todo1m-permissions-test-" });
  await Deno.writeTextFile(`${dir}/nats.conf`, CONFIGURATION);
  const server = new Deno.Command(await natsServerBinary({ say: () => {} }), {
    args: ["--config", `${dir}/nats.conf`, "--ports_file_dir", dir],
    stdout: "null",
    stderr: "null",
  }).spawn();
  try {
    await run(await urlIn(`${dir}/nats-server_${server.pid}.ports`));
  } finally {
    server.kill("SIGTERM");
    await server.status;
    await Deno.remove(dir, { recursive: true });
  }
}

/** The address in the file that the server writes once it listens. */
async function urlIn(path: string): Promise<string> {
  for (let i = 0;; i++) {
    try {
      const { nats: [url] } = JSON.parse(await Deno.readTextFile(path)) as { nats: string[] };
      return url ?? "";
    } catch (error) {
      if (i > 200) throw error;
      await pause(25);
    }
  }
}

Deno.test("a subscription that NATS does not permit is an error in the log", async () => {
  using kept = new KeptLog("warning");
  const sql = connectPostgres(Deno.env.get("TEST_DATABASE_URL") ?? "", { name: "test", max: 1 });
  try {
    await withStrictServer(async (url) => {
      const connection = await connectNats({ url, name: "edge" });
      const mailbox = new NatsMailbox(connection, { deadlineMs: 100, maxInFlight: 1 });
      using requests = new Requests(connection, { timeoutMs: 100 });
      followEndedSessions(connection, { add: () => {} });
      const projection = new Projection({ connection, sql, deadlineMs: 100 });
      try {
        assert.equal(await requests.send("svc.nobody", "", headers()), undefined);
        assert.equal(await projection.waitFor("no-such-group", 1), 0);
      } finally {
        mailbox[Symbol.dispose]();
        await connection.close();
      }
    });
  } finally {
    await sql.end();
  }
  const errors = kept.records.filter(({ level }) => level === "error");
  const told = errors.map(({ message }) => message.join(""));
  for (
    const what of [
      "Outcomes of commands",
      "Answers to requests",
      "Ends of sessions",
      "Announcements",
    ]
  ) {
    assert.ok(
      told.some((text) => text.startsWith(what) && /permissions violation/i.test(text)),
      `${what}: ${told.join(" | ")}`,
    );
  }
});
