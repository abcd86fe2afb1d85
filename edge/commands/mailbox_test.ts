/** The mailbox client against a real server, with an owner that the tests play themselves. */
import assert from "node:assert/strict";
import { DiscardPolicy, jetstreamManager, type StreamConfig } from "@nats-io/jetstream";
import { headers as newHeaders, type NatsConnection } from "@nats-io/nats-core";
import { applyStreams, connectNats } from "../../actors/platform/mod.ts";
import { type Command, newId } from "../../actors/protocol/mod.ts";
import { actorSubject, headers } from "../../actors/protocol/routing/mod.ts";
import { type NatsServer, pauseProcess, startNatsServer } from "../../dev/mod.ts";
import { NatsMailbox, type Sent } from "./mailbox.ts";

const TRACE = { traceparent: "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-00" };

interface Site {
  readonly server: NatsServer;
  readonly connection: NatsConnection;
  readonly mailbox: NatsMailbox;
  /** Makes the stream that holds mailboxes. */
  readonly stream: (config?: Partial<StreamConfig>) => Promise<void>;
  /** Answers every command from now on. */
  readonly own: (
    answer: (command: Command) => readonly [outcome: string, body: string],
  ) => Promise<void>;
}

async function withSite(
  run: (site: Site) => Promise<void>,
  options: { maxInFlight?: number } = {},
): Promise<void> {
  const dataDir = await Deno.makeTempDir({ prefix: "todo1m-mailbox-test-" });
  try {
    await using server = await startNatsServer({ dataDir });
    const connection = await connectNats({ url: server.url, name: "edge" });
    const owner = await connectNats({ url: server.url, name: "owner" });
    const mailbox = new NatsMailbox(connection, { deadlineMs: 300, maxInFlight: 100, ...options });
    try {
      await run({
        server,
        connection,
        mailbox,
        stream: async (config = {}) => {
          const manager = await jetstreamManager(owner);
          await manager.streams.add({ name: "CMD-0", subjects: ["app.command.>"], ...config });
        },
        own: async (answer) => {
          owner.subscribe("app.command.>", {
            callback: (_error, message) => {
              const [outcome, body] = answer(message.json<Command>());
              const fields = newHeaders();
              fields.set(headers.OUTCOME, outcome);
              fields.set(headers.VERSION, "7");
              owner.publish(message.headers?.get(headers.REPLY_TO) ?? "", body, {
                headers: fields,
              });
            },
          });
          await owner.flush();
        },
      });
      assert.equal(mailbox.inFlight, 0, "nobody is left waiting");
    } finally {
      mailbox[Symbol.dispose]();
      await connection.close();
      await owner.close();
    }
  } finally {
    await Deno.remove(dataDir, { recursive: true });
  }
}

function command(group_id = "g1"): Command {
  return {
    command_id: newId(),
    group_id,
    actor: "ana",
    type: "todo.create",
    payload: { title: "Flowers" },
  };
}

function codeOf(sent: Sent): string {
  return "problem" in sent ? sent.problem.code : sent.kind;
}

Deno.test("an outcome reaches the one who sent the command, byte for byte", async () => {
  await withSite(async ({ mailbox, stream, own }) => {
    await stream();
    await own(({ command_id, payload }) => ["committed", JSON.stringify({ command_id, payload })]);
    const commands = Array.from({ length: 50 }, (_, i) => command(`g${i % 7}`));
    const sent = await Promise.all(commands.map((one) => mailbox.send(one, TRACE)));
    for (const [i, outcome] of sent.entries()) {
      assert.ok(outcome.kind === "committed" && !outcome.replayed);
      assert.equal(outcome.version, 7);
      const { command_id, payload } = JSON.parse(new TextDecoder().decode(outcome.body));
      assert.equal(command_id, commands[i]?.command_id);
      assert.deepEqual(payload, commands[i]?.payload);
    }
  });
});

Deno.test("replays and rejections are told apart", async () => {
  await withSite(async ({ mailbox, stream, own }) => {
    await stream();
    await own(({ group_id }) =>
      group_id === "old"
        ? ["replayed", "{}"]
        : ["rejected", JSON.stringify({ problem: { code: "forbidden", detail: "No" } })]
    );
    const replayed = await mailbox.send(command("old"), TRACE);
    assert.ok(replayed.kind === "committed" && replayed.replayed);
    const rejected = await mailbox.send(command(), TRACE);
    assert.deepEqual(rejected, { kind: "rejected", problem: { code: "forbidden", detail: "No" } });
  });
});

Deno.test("a command nobody decides in time is known to be stored, and no more", async () => {
  await withSite(async ({ mailbox, stream }) => {
    await stream();
    const startedAt = performance.now();
    assert.deepEqual(await mailbox.send(command(), TRACE), { kind: "stored" });
    const waited = performance.now() - startedAt;
    assert.ok(waited >= 300 && waited < 1_500, `waited ${waited} ms`);
  });
});

Deno.test("who does not want to wait is answered as soon as the command is stored", async () => {
  await withSite(async ({ mailbox, stream }) => {
    await stream();
    const startedAt = performance.now();
    assert.deepEqual(await mailbox.send(command(), { ...TRACE, async: true }), { kind: "stored" });
    assert.ok(performance.now() - startedAt < 250);
  });
});

Deno.test("an outcome that comes after the answer is still told", async () => {
  await withSite(async ({ mailbox, stream, own }) => {
    await stream();
    const late: Sent[] = [];
    const options = { ...TRACE, async: true, onLate: (sent: Sent) => late.push(sent) };
    await own(() => ["rejected", JSON.stringify({ problem: { code: "forbidden", detail: "No" } })]);
    // Either may come first, the acknowledgement or the outcome.
    const sent = await Promise.all(
      Array.from({ length: 20 }, () => mailbox.send(command(), options)),
    );
    const stored = sent.filter(({ kind }) => kind === "stored").length;
    await until(() => late.length === stored);
    for (const outcome of late) assert.equal(codeOf(outcome), "forbidden");
  });
});

Deno.test("what a timer had sent comes into the mailbox as from a timer, and waits there no longer than others", async () => {
  await withSite(async ({ mailbox, connection }) => {
    await applyStreams(connection);
    const actor = { kind: "poll", id: "p1" };
    const data = new TextEncoder().encode(`{ "as": "it was" }`);
    const sent = await mailbox.redeliverDue(actorSubject("due", actor), data, TRACE);
    assert.deepEqual(sent, { kind: "stored" });
    const manager = await jetstreamManager(connection);
    const last_by_subj = actorSubject("command", actor);
    const arrived = async () =>
      await manager.streams.getMessage("CMD-0", { last_by_subj }) ?? undefined;
    await until(async () => await arrived() !== undefined);
    const message = await arrived() ?? assert.fail();
    assert.deepEqual(message.data, data);
    assert.match(message.header.get(headers.STREAM_SOURCE), /^TIMER-0 /);
    assert.equal(message.header.get(headers.TRACEPARENT), TRACE.traceparent);
    assert.equal(message.header.has(headers.REPLY_TO), false, "nobody waits for its outcome");
    const due = await manager.streams.getMessage("TIMER-0", { seq: 1 });
    assert.equal(due?.header.get("Nats-TTL"), "24h");
  });
});

Deno.test("without a mailbox nothing is stored, and that is known at once", async () => {
  await withSite(async ({ mailbox }) => {
    const sent = await mailbox.send(command(), TRACE);
    assert.equal(sent.kind, "refused");
    assert.equal(codeOf(sent), "unavailable");
  });
});

Deno.test("a full mailbox says so", async () => {
  await withSite(async ({ mailbox, stream }) => {
    await stream({ max_bytes: 2_000, discard: DiscardPolicy.New });
    const sent: Sent[] = [];
    for (let i = 0; i < 20; i++) {
      sent.push(await mailbox.send(command(), { ...TRACE, async: true }));
    }
    assert.equal(sent[0]?.kind, "stored");
    const last = sent.at(-1);
    assert.ok(last?.kind === "refused");
    assert.equal(codeOf(last), "mailbox-full");
  });
});

Deno.test("a silent server leaves the outcome unknown", async () => {
  await withSite(async ({ mailbox, stream, server }) => {
    await stream();
    await pauseProcess(server.pid);
    try {
      assert.deepEqual(await mailbox.send(command(), TRACE), { kind: "unknown" });
    } finally {
      Deno.kill(server.pid, "SIGCONT");
    }
  });
});

Deno.test("more commands in flight than allowed are refused", async () => {
  await withSite(async ({ mailbox, stream }) => {
    await stream();
    const sent = await Promise.all(Array.from({ length: 5 }, () => mailbox.send(command(), TRACE)));
    assert.deepEqual(sent.map(codeOf).sort(), [
      "stored",
      "stored",
      "stored",
      "unavailable",
      "unavailable",
    ]);
  }, { maxInFlight: 3 });
});

Deno.test("while the server is away nothing is kept to be sent later, and its return is noticed", async () => {
  await withSite(async ({ mailbox, stream, server, own, connection }) => {
    await stream();
    await own(() => ["committed", "{}"]);
    Deno.kill(server.pid, "SIGKILL");
    await until(() => !mailbox.connected);
    const sent = await mailbox.send(command(), TRACE);
    assert.equal(sent.kind, "refused");
    await until(() => mailbox.connected);
    let again: Sent = { kind: "unknown" };
    await until(async () => {
      again = await mailbox.send(command(), TRACE);
      return again.kind === "committed";
    });
    const manager = await jetstreamManager(connection);
    const { state } = await manager.streams.info("CMD-0");
    const stored = new Set<string>();
    for (let seq = state.first_seq; seq <= state.last_seq; seq++) {
      stored.add((await manager.streams.getMessage("CMD-0", { seq }))?.string() ?? "");
    }
    assert.equal(stored.size, state.messages, "each command is there once");
  });
});

async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
  const giveUpAt = performance.now() + 10_000;
  while (!await condition()) {
    assert.ok(performance.now() < giveUpAt, "the condition was not met in 10 s");
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
