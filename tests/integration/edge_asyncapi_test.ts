/**
 * The document of streams and messages against the running product: every frame that people get and every
 * message on NATS about their group is one that the document describes.
 */
import assert from "node:assert/strict";
import { connectNats, type NatsConnection } from "../../actors/platform/mod.ts";
import { newId } from "../../actors/protocol/mod.ts";
import type { CloseReason, ResetReason, RevokeReason } from "../../actors/stream/mod.ts";
import { type Frame, FrameReader } from "../../actors/stream/testing/mod.ts";
import { SchemaChecks } from "../../edge/openapi/testing/mod.ts";
import { setting } from "../support/eventually.ts";
import { addMember, groupOf, type Person, send, somebody } from "./_edge_client.ts";
import { SocketClient } from "./_socket_client.ts";
import { until } from "./_until.ts";

const PATIENCE_MS = 10_000;

interface Message {
  readonly name: string;
  readonly payload: object;
}

interface Channel {
  readonly address: string;
  readonly messages: Readonly<Record<string, { readonly $ref: string }>>;
}

/** The document that the edge serves, and what was seen of it. */
class Described {
  readonly seen = new Set<string>();
  readonly #channels: readonly Channel[];
  readonly #messages: Readonly<Record<string, Message>>;
  readonly #checks: SchemaChecks;

  constructor(document: {
    readonly channels: Readonly<Record<string, Channel>>;
    readonly components: {
      readonly messages: Readonly<Record<string, Message>>;
      readonly schemas: Readonly<Record<string, unknown>>;
    };
  }) {
    this.#channels = Object.values(document.channels);
    this.#messages = document.components.messages;
    this.#checks = new SchemaChecks(document);
  }

  static async read(): Promise<Described> {
    return new Described(JSON.parse((await send("GET", "/asyncapi.json")).text));
  }

  /** Fails unless the channel at `address` has a message, of this name if one is given, that fits. */
  judge(address: string, value: unknown, name?: string): void {
    const channels = this.#channels.filter((each) => patternOf(each.address).test(address));
    assert.ok(channels.length > 0, `${address} is described`);
    const faults: string[] = [];
    for (const channel of channels) {
      for (const { $ref } of Object.values(channel.messages)) {
        const message = this.#messages[$ref.replace("#/components/messages/", "")];
        if (!message || (name !== undefined && message.name !== name)) continue;
        const fault = this.#checks.faults(message.payload, value);
        if (fault === "") {
          this.seen.add(`${channel.address} ${message.name}`);
          return;
        }
        faults.push(fault);
      }
    }
    assert.fail(`${address} ${name ?? ""}: ${faults.join("; ")}: ${JSON.stringify(value)}`);
  }
}

function patternOf(address: string): RegExp {
  const parts = address.split(/\{[^}]*\}/).map((part) => part.replace(/[.*+?^$()|[\]\\]/g, "\\$&"));
  return new RegExp(`^${parts.join("[^.]+")}$`);
}

/** Reads a stream of `person` until it ends; `frames` fills up. */
async function follow(person: Person, path: string, headers: Record<string, string> = {}) {
  const frames: Frame[] = [];
  const stopping = new AbortController();
  const answer = await fetch(setting("TEST_EDGE_URL").replace(/\/$/, "") + path, {
    headers: { authorization: `Bearer ${person.token}`, ...headers },
    signal: stopping.signal,
  });
  assert.equal(answer.status, 200);
  const reader = new FrameReader();
  const done = (async () => {
    try {
      for await (const chunk of answer.body ?? []) frames.push(...reader.push(chunk));
    } catch (error) {
      if (!stopping.signal.aborted) throw error;
    }
  })();
  const has = (event: string) =>
    until(() => frames.some((frame) => frame.event === event), PATIENCE_MS, () => `no ${event}`);
  const stop = async () => {
    stopping.abort();
    await done;
  };
  return { frames, has, stop, done };
}

/** Every command that changes a group, so that each kind of event comes. */
async function doEverything(owner: Person, group_id: string): Promise<void> {
  const command = async (type: string, payload: object) => {
    const command_id = newId();
    const { status, text } = await send("POST", "/api/v1/command", {
      token: owner.token,
      body: { command_id, type, group_id, payload },
    });
    assert.ok(status < 300, text);
    return command_id;
  };
  const todo = { todo_id: "a" };
  await command("todo.create", {
    ...todo,
    title: "A",
    reminders: [{ id: "r", before_due_minutes: 1 }],
  });
  await command("todo.update", { ...todo, title: "B", priority: 1 });
  await command("todo.complete", todo);
  await command("todo.reopen", todo);
  await command("todo.move", { ...todo, status: "doing" });
  await command("comment.add", { ...todo, comment_id: "k", text: "Hello" });
  await command("comment.edit", { ...todo, comment_id: "k", text: "Hello!" });
  await command("comment.delete", { ...todo, comment_id: "k" });
  const deletion = await command("todo.delete", todo);
  await command("undo", { command_id: deletion });
  await command("redo", { command_id: deletion });
  await command("group.update_labels", { labels: [{ id: "hot", name: "Hot", color: "#aa0000" }] });
  await command("batch", { commands: [{ type: "todo.create", payload: { title: "C" } }] });
}

Deno.test("every frame of a stream is one that the document describes", async () => {
  const described = await Described.read();
  const owner = await somebody();
  const member = await somebody();
  const group = await groupOf(owner);
  await addMember(owner, group, member);
  const path = `/events?group_id=${group}`;
  const stream = await follow(member, path);
  await stream.has("snapshot");
  await doEverything(owner, group);
  const lost = await follow(member, path, { "last-event-id": "no cursor" });
  await lost.has("reset");
  await send("DELETE", `/api/v1/groups/${group}/members/${member.userId}`, { token: owner.token });
  await Promise.all([stream.has("revoked"), stream.done, lost.done]);
  const ended = await follow(owner, path);
  await ended.has("snapshot");
  await send("DELETE", "/events/disconnect", { token: owner.token });
  await Promise.all([ended.has("bye"), ended.done]);
  const cluster = await follow(owner, "/sse/cluster-info");
  await cluster.has("cluster-info");
  await cluster.stop();
  for (const { event, data } of [...stream.frames, ...lost.frames, ...ended.frames]) {
    described.judge("/events", JSON.parse(data), event);
  }
  for (const { event, data } of cluster.frames) {
    described.judge("/sse/cluster-info", JSON.parse(data), event);
  }
  const names = [...described.seen].map((each) => each.split(" ")[1]).sort();
  const all = ["bye", "cluster-info", "reset", "revoked", "snapshot", "todo-event"];
  assert.deepEqual(names, all);
});

/** Every reason there is: the types of these tables see to it. */
const REASONS: {
  readonly Reset: Readonly<Record<ResetReason, true>>;
  readonly Revoked: Readonly<Record<RevokeReason, true>>;
  readonly Bye: Readonly<Record<CloseReason, true>>;
} = {
  Reset: {
    "unreadable-cursor": true,
    "other-epoch": true,
    "unknown-position": true,
    "membership": true,
    "too-far-behind": true,
    "log-changed": true,
  },
  Revoked: { "member-removed": true, "group-deleted": true },
  Bye: {
    "rotated": true,
    "draining": true,
    "token-expired": true,
    "slow-reader": true,
    "disconnected": true,
    "revoked": true,
  },
};

Deno.test("every message of a WebSocket, in both directions, is one that the document describes", async () => {
  const described = await Described.read();
  const [owner, member] = [await somebody(), await somebody()];
  const [group, other] = [await groupOf(owner), await groupOf(owner)];
  for (const each of [group, other]) await addMember(owner, each, member);
  const edge = { port: Number(new URL(setting("TEST_EDGE_URL")).port) };
  const client = await SocketClient.open(edge);
  const ask = async (message: Readonly<Record<string, unknown>>) => {
    described.judge("/ws", { ...message, id: "m1" }, String(message["op"]));
    return await client.ask(message);
  };
  await ask({ op: "auth", token: member.token });
  await ask({ op: "sub", group_ids: [group], presence: true });
  await ask({ op: "sub", group_ids: [other], cursor: "rubbish" });
  await ask({ op: "presence", group_id: group, state: "editing", todo_id: "a" });
  const create = { type: "todo.create", group_id: group, payload: { title: "A" } };
  assert.equal((await ask({ op: "cmd", command: create })).op, "ack");
  const bad = await ask({ op: "cmd", command: { ...create, payload: {} } });
  assert.equal(bad.op, "nack");
  await ask({ op: "ping" });
  await client.until(() => client.count("presence") > 0, "presence");
  await ask({ op: "unsub", group_ids: [group] });
  await send("DELETE", `/api/v1/groups/${other}/members/${member.userId}`, { token: owner.token });
  await client.until(() => client.count("revoked") > 0, "the revocation");
  await send("DELETE", "/events/disconnect", { token: member.token });
  await client.until(() => client.closed !== undefined, "the end");
  // The proxy may send no code of the protocol itself.
  assert.deepEqual(client.closed, { code: 4008, reason: "disconnected" });
  for (const message of client.messages) described.judge("/ws", message, message.op);
  assert.deepEqual(
    [...described.seen].sort(),
    [
      ...["ack", "auth", "bye", "cmd", "event", "nack", "ping", "pong", "presence", "reset"],
      ...["revoked", "snapshot", "sub", "unsub"],
    ].map((name) => `/ws ${name}`),
  );
});

Deno.test("the document names every reason for which a stream starts over or ends", async () => {
  const { components: { schemas } } = JSON.parse((await send("GET", "/asyncapi.json")).text);
  for (const [name, reasons] of Object.entries(REASONS)) {
    assert.deepEqual([...schemas[name].properties.reason.enum].sort(), Object.keys(reasons).sort());
  }
});

/** Everything on the subjects of groups and accounts during `action`, which gets what was heard so far. */
async function overheard(
  connection: NatsConnection,
  action: (heard: readonly Heard[]) => Promise<void>,
): Promise<readonly Heard[]> {
  const heard: Heard[] = [];
  const subscriptions = ["app.*.*.group.*", "auth.>"].map((subject) =>
    connection.subscribe(subject, {
      callback: (error, message) => {
        assert.equal(error, null);
        heard.push({ subject: message.subject, text: message.string() });
      },
    })
  );
  await connection.flush();
  await action(heard);
  await connection.flush();
  for (const subscription of subscriptions) subscription.unsubscribe();
  return heard;
}

interface Heard {
  readonly subject: string;
  readonly text: string;
}

Deno.test("every message about a group, an account and its sessions is one that the document describes", async () => {
  const described = await Described.read();
  const connection = await connectNats({ url: setting("TEST_NATS_URL"), name: "test" });
  try {
    const ids: string[] = [];
    const heard = await overheard(connection, async (sofar) => {
      const owner = await somebody();
      const group = await groupOf(owner);
      ids.push(owner.userId, group);
      await doEverything(owner, group);
      const { token } = owner;
      await send("DELETE", "/events/disconnect", { token });
      const body = { refresh_token: owner.refreshToken };
      assert.equal((await send("POST", "/api/v1/auth/logout", { body })).status, 204);
      const toldOf = (verb: string) =>
        sofar.some(({ subject, text }) => subject.endsWith(verb) && text.includes(owner.userId));
      await until(() => toldOf(".invalidated") && toldOf(".revoked"), PATIENCE_MS);
    });
    for (const { subject, text } of heard) {
      const isOurs = ids.some((id) => subject.includes(id) || text.includes(id));
      if (isOurs && !/^app\.(?!command|event|feed)/.test(subject)) {
        described.judge(subject, JSON.parse(text));
      }
    }
    assert.deepEqual([...described.seen].sort(), [
      "app.command.{partition}.{kind}.{id} command",
      "app.event.{partition}.{kind}.{id} commit",
      "app.feed.{partition}.{kind}.{id} commit",
      "auth.session.{session_id}.revoked session-end",
      "auth.session.{session_id}.{verb} session-event",
      "auth.user.{user_id}.disconnected user-disconnect",
      "auth.user.{user_id}.{verb} user-event",
    ]);
  } finally {
    await connection.close();
  }
});

Deno.test("requests whether a token is valid are answered as the document says", async () => {
  const described = await Described.read();
  const { token } = await somebody();
  const connection = await connectNats({ url: setting("TEST_NATS_URL"), name: "test" });
  const subject = "svc.auth.validate";
  try {
    for (const asked of [{ token }, { token: "none" }]) {
      described.judge(subject, asked, "token-to-check");
      const answer = await connection.request(subject, JSON.stringify(asked));
      described.judge(subject, answer.json(), "token-check");
    }
  } finally {
    await connection.close();
  }
});
