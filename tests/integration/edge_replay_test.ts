/** Replaying what real hosts had to set aside, from the operator to the effect. */
import assert from "node:assert/strict";
import { jetstreamManager } from "@nats-io/jetstream";
import { pollKind } from "../../actors/examples/poll/mod.ts";
import { groupKind } from "../../actors/group/mod.ts";
import { Host, type HostOptions } from "../../actors/host/mod.ts";
import {
  connectNats,
  connectPostgres,
  createMetrics,
  DEFAULT_STREAM_SETTINGS,
  type NatsConnection,
  readFrom,
} from "../../actors/platform/mod.ts";
import { projectionMetrics, startProjector } from "../../actors/projection/mod.ts";
import { decodeCommit, newId } from "../../actors/protocol/mod.ts";
import { actorSubject, groupSubject } from "../../actors/protocol/routing/mod.ts";
import {
  type Get,
  type Letter,
  lettersOf,
  PATH,
  PATIENCE_MS,
  untilLetters,
} from "./_dead_letters.ts";
import { post, type Site, tokenOf, withEdge } from "./_edge_process.ts";
import { until } from "./_until.ts";

const OPS_TOKEN = "o".repeat(40);

interface Operator {
  readonly site: Site;
  readonly connection: NatsConnection;
  readonly get: Get;
  readonly replay: (letter: Letter) => Promise<{ readonly status: number; readonly body: unknown }>;
}

/** An edge with a NATS server of its own, and its operator; tests start the hosts. */
function withOperator(run: (operator: Operator) => Promise<void>): Promise<void> {
  return withEdge(async (site) => {
    const { url, nats } = site;
    const connection = await connectNats({ url: nats.url, name: "test" });
    const headers = { authorization: `Bearer ${OPS_TOKEN}` };
    const call = async (method: string, path: string) => {
      const response = await fetch(url + path, { method, headers });
      return { status: response.status, body: await response.json() as unknown };
    };
    try {
      await run({
        site,
        connection,
        get: async (path) => (await call("GET", path)).body,
        replay: ({ sequence }) => call("POST", `${PATH}/${sequence}/replay`),
      });
    } finally {
      await connection.close();
    }
  }, { OPS_TOKEN });
}

function startHost(connection: NatsConnection, kinds: HostOptions["kinds"]): Promise<Host> {
  return Host.start(connection, {
    name: "test",
    kinds,
    streams: DEFAULT_STREAM_SETTINGS,
    maxActorBytes: 1e8,
    idleMs: 60_000,
    snapshotEvery: 100,
    forceAllBlocks: false,
    metrics: createMetrics("test"),
  });
}

/** Types of the events of an actor. */
async function typesOf(connection: NatsConnection, subject: string): Promise<string[]> {
  const types: string[] = [];
  for await (const { data } of readFrom(connection, "EV-0", subject, 1)) {
    types.push(...decodeCommit(data).map(({ type }) => type));
  }
  return types;
}

const brokenPoll: typeof pollKind = {
  ...pollKind,
  decide: () => {
    throw new Error("A defect that will be repaired");
  },
};
const brokenGroup: typeof groupKind = {
  ...groupKind,
  decide: () => {
    throw new Error("A defect that will be repaired");
  },
};

for (
  const [why, kinds] of [
    ["knew no such actors", []],
    ["had a defect", [brokenGroup, brokenPoll]],
  ] as const
) {
  Deno.test(`what a timer sent to a host that ${why} takes effect when it is replayed`, () =>
    withOperator(async ({ connection, get, replay }) => {
      const [poll, group] = [{ kind: "poll", id: newId() }, { kind: "group", id: newId() }];
      const dueMs = Date.now() + 2_000;
      const at = new Date(dueMs).toISOString();
      const send = (actor: typeof poll, body: object) => {
        const command = { command_id: newId(), [`${actor.kind}_id`]: actor.id, actor: "ana" };
        connection.publish(actorSubject("command", actor), JSON.stringify({ ...command, ...body }));
      };
      const manager = await jetstreamManager(connection);
      {
        await using _host = await startHost(connection, [groupKind, pollKind]);
        const question = { question: "When?", options: ["Mon", "Tue"], closes_at: at };
        send(poll, { type: "poll.open", payload: question });
        send(group, { type: "group.create", payload: { name: "Home" } });
        const todo = { title: "Flowers", reminders: [{ id: "r", at }] };
        send(group, { type: "todo.create", payload: todo });
        await until(async () => {
          const { state } = await manager.streams.info("TIMER-0", {
            subjects_filter: "app.timer.>",
          });
          return Object.keys(state.subjects ?? {}).length === 2;
        }, 1_500);
      }
      const letters: Letter[] = [];
      {
        await using _host = await startHost(connection, kinds);
        for (const actor of [poll, group]) {
          letters.push(...await untilLetters(get, actorSubject("command", actor), 1));
        }
      }
      await using _host = await startHost(connection, [groupKind, pollKind]);
      const effects: [typeof poll, string][] = [
        [poll, "poll.closed"],
        [group, "com.todo1m.reminder.fired"],
      ];
      for (const [i, [actor, effect]] of effects.entries()) {
        const letter = letters[i] ?? assert.fail();
        assert.equal(letter.source_stream, "TIMER-0");
        const subject = actorSubject("event", actor);
        assert.equal((await typesOf(connection, subject)).includes(effect), false);
        assert.deepEqual(await replay(letter), {
          status: 202,
          body: { sequence: letter.sequence, status: "stored" },
        });
        const fired = async () =>
          (await typesOf(connection, subject)).filter((type) => type === effect).length;
        await until(async () => await fired() > 0, PATIENCE_MS);
        const shown = await get(`${PATH}/${letter.sequence}`) as { readonly status: number };
        assert.equal(shown.status, 404, "the letter has done its duty");
        assert.equal(await fired(), 1);
        assert.deepEqual(await lettersOf(get, actorSubject("command", actor)), []);
      }
    }));
}

Deno.test("who sent what had to be set aside is told so, and what became of it once it was replayed", () =>
  withOperator(async ({ site, connection, get, replay }) => {
    const { url, databaseUrl, log } = site;
    const token = await tokenOf(url);
    const command_id = newId();
    const command = { command_id, type: "group.create", payload: { name: "Home" } };
    const path = `/api/v1/commands/${command_id}?group_id=${command_id}`;
    const ask = async () => {
      const response = await fetch(url + path, { headers: { authorization: `Bearer ${token}` } });
      return { status: response.status, body: await response.json() as Record<string, unknown> };
    };
    {
      await using _host = await startHost(connection, [brokenGroup]);
      const answer = await post(`${url}/api/v1/command`, command, token);
      assert.equal(answer.status, 500);
      assert.equal(answer.headers.get("content-type"), "application/problem+json");
      for (const { status, body } of [answer, await ask()]) {
        assert.deepEqual([status, body["code"], body["retryable"]], [500, "internal", false]);
        assert.match(String(body["detail"]), /was set aside/);
      }
    }
    assert.doesNotMatch(log(), /Unexpected failure/);
    const [letter = assert.fail()] = await untilLetters(
      get,
      groupSubject("command", command_id),
      1,
    );
    const sql = connectPostgres(databaseUrl, { name: "test", max: 3 });
    try {
      await using _host = await startHost(connection, [groupKind]);
      const metrics = projectionMetrics(createMetrics("test"));
      await using _projector = startProjector({ connection, sql, shard: 0, metrics });
      assert.deepEqual(await replay(letter), {
        status: 200,
        body: { sequence: letter.sequence, status: "committed", version: 2 },
      });
      let answer = await ask();
      await until(async () => (answer = await ask()).status === 200, PATIENCE_MS);
      assert.deepEqual([answer.body["status"], answer.body["version"]], ["committed", 2]);
    } finally {
      await sql.end({ timeout: 1 });
    }
  }));
