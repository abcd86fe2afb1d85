/** Hosts that decide for two kinds of actors: groups, and the polls of the worked example. */
import assert from "node:assert/strict";
import { jetstreamManager } from "@nats-io/jetstream";
import { headers as newHeaders, type NatsConnection } from "@nats-io/nats-core";
import { type PollCommand, type PollEvent, pollKind } from "../../actors/examples/poll/mod.ts";
import { groupKind } from "../../actors/group/mod.ts";
import { Host, type HostOptions } from "../../actors/host/mod.ts";
import {
  connectNats,
  createMetrics,
  DEFAULT_STREAM_SETTINGS,
  readFrom,
} from "../../actors/platform/mod.ts";
import { decodeCommit, newId } from "../../actors/protocol/mod.ts";
import {
  actorSubject,
  groupSubject,
  headers,
  partitionOf,
} from "../../actors/protocol/routing/mod.ts";
import { withNats } from "./_nats_fixture.ts";
import { until } from "./_until.ts";

const TIMEOUT_MS = 5_000;

type Body = Pick<PollCommand, "type" | "payload">;

interface Answer {
  readonly status: string;
  readonly version?: number;
  readonly poll_id?: string;
  readonly events?: readonly PollEvent[];
  readonly problem?: { readonly code: string };
}

const open = {
  type: "poll.open",
  payload: { question: "When?", options: ["Mon", "Tue"] },
} as const;
const vote = (option: number) => ({ type: "poll.vote", payload: { option } }) as const;

function start(connection: NatsConnection, options: Partial<HostOptions> = {}) {
  return Host.start(connection, {
    name: "test",
    kinds: [groupKind, pollKind],
    streams: DEFAULT_STREAM_SETTINGS,
    maxActorBytes: 1e8,
    idleMs: 60_000,
    snapshotEvery: 1,
    forceAllBlocks: false,
    metrics: createMetrics("test"),
    ...options,
  });
}

/** Puts a message into a mailbox and waits for the answer, as the edge does for groups. */
async function send(
  connection: NatsConnection,
  subject: string,
  command: object,
): Promise<Answer> {
  const inbox = `svc.outcome.test-${crypto.randomUUID()}`;
  const answers = connection.subscribe(inbox, { max: 1, timeout: TIMEOUT_MS });
  const header = newHeaders();
  header.set(headers.REPLY_TO, inbox);
  connection.publish(subject, JSON.stringify(command), { headers: header });
  for await (const message of answers) return message.json<Answer>();
  throw new Error(`Nobody answers ${subject}`);
}

function ask(
  connection: NatsConnection,
  id: string,
  actor: string,
  body: Body,
  command_id = newId(),
) {
  const subject = actorSubject("command", { kind: pollKind.name, id });
  return send(connection, subject, { command_id, poll_id: id, actor, ...body });
}

async function logOf(connection: NatsConnection, id: string): Promise<PollEvent[]> {
  const events: PollEvent[] = [];
  const subject = actorSubject("event", { kind: pollKind.name, id });
  for await (const message of readFrom(connection, "EV-0", subject, 1)) {
    events.push(...decodeCommit<PollEvent>(message.data));
  }
  return events;
}

Deno.test("a poll and a group of the same id live beside each other", () =>
  withNats(async (connection) => {
    await using _host = await start(connection);
    const id = newId();
    const create = { type: "group.create", payload: { name: "Home" } };
    const group = await send(connection, groupSubject("command", id), {
      command_id: newId(),
      group_id: id,
      actor: "ana",
      ...create,
    });
    assert.equal(group.status, "committed");
    const opened = await ask(connection, id, "ana", open);
    assert.deepEqual([opened.status, opened.poll_id, opened.version], ["committed", id, 1]);
    const voted = await ask(connection, id, "bob", vote(1));
    assert.deepEqual(voted.events, (await logOf(connection, id)).slice(1));
    assert.equal((await ask(connection, id, "bob", vote(7))).problem?.code, "validation");
  }));

Deno.test("a poll's command that is sent twice has one effect, and its next host knows all of it", () =>
  withNats(async (connection) => {
    const [id, voteId] = [newId(), newId()];
    const manager = await jetstreamManager(connection);
    const last_by_subj = actorSubject("snapshot", { kind: pollKind.name, id });
    const isSaved = async () => await manager.streams.getMessage("SNAP-0", { last_by_subj });
    {
      await using _host = await start(connection, { idleMs: 1 });
      await ask(connection, id, "ana", open);
      await ask(connection, id, "bob", vote(1), voteId);
      await until(async () => (await isSaved()) !== null, TIMEOUT_MS);
    }
    const metrics = createMetrics("next");
    await using _next = await start(connection, { metrics });
    const again = await ask(connection, id, "bob", vote(1), voteId);
    assert.deepEqual([again.status, again.version], ["committed", 2]);
    assert.equal((await ask(connection, id, "ana", vote(0))).version, 3);
    assert.deepEqual((await logOf(connection, id)).map(({ type, version }) => [type, version]), [
      ["poll.opened", 1],
      ["poll.voted", 2],
      ["poll.voted", 3],
    ]);
    assert.match(await metrics.registry.metrics(), /tf_snapshot_reads_total\{result="found".*\} 1/);
  }));

Deno.test("two hosts that both own every poll count every vote once", () =>
  withNats(async (connection, server) => {
    await using _one = await start(connection, { forceAllBlocks: true });
    const second = await connectNats({ url: server.url, name: "second" });
    try {
      await using _two = await start(second, { forceAllBlocks: true });
      const id = newId();
      await ask(connection, id, "ana", open);
      const voters = Array.from({ length: 40 }, (_, n) => `user-${n}`);
      const answers = await Promise.all(voters.map((user) => ask(connection, id, user, vote(0))));
      assert.ok(answers.every(({ status }) => status === "committed"));
      const log = await logOf(connection, id);
      assert.deepEqual(log.map(({ version }) => version), log.map((_, i) => i + 1));
      assert.deepEqual(log.slice(1).map(({ actor }) => actor).sort(), voters.sort());
    } finally {
      await second.close();
    }
  }));

Deno.test("the clock closes a poll, and nobody can vote any more", () =>
  withNats(async (connection) => {
    await using _host = await start(connection);
    const id = newId();
    const closes_at = new Date(Date.now() + 700).toISOString();
    await ask(connection, id, "ana", { ...open, payload: { ...open.payload, closes_at } });
    await until(
      async () => (await logOf(connection, id)).at(-1)?.type === "poll.closed",
      TIMEOUT_MS,
    );
    assert.equal((await ask(connection, id, "bob", vote(0))).problem?.code, "gone");
    assert.equal((await logOf(connection, id)).length, 2);
  }));

Deno.test("what is for no kind of actor that a host knows is set aside, and what is after it goes on", () =>
  withNats(async (connection) => {
    await using _host = await start(connection);
    const id = newId();
    const strange = [
      actorSubject("command", { kind: "survey", id }),
      // The id hashes to another partition than the subject says.
      actorSubject("command", { kind: pollKind.name, id }).replace(/\d+/, (n) => `${+n ^ 1}`),
      // Nothing can be stored under such an id.
      `app.command.${partitionOf("a$b")}.${pollKind.name}.a$b`,
    ];
    for (const subject of strange) connection.publish(subject, "{}");
    assert.equal((await ask(connection, id, "ana", open)).status, "committed");
    const manager = await jetstreamManager(connection);
    for (const subject of strange) {
      const letter = await manager.streams.getMessage("DLQ", { last_by_subj: `dlq.${subject}` });
      assert.ok(letter, subject);
    }
  }));
