/**
 * A log that somebody has changed, on a real NATS server: the log of a real group is copied there with one
 * byte flipped, a message missing, repeated or cut off, and the edge in front of it finds the place.
 */
import assert from "node:assert/strict";
import { jetstream } from "@nats-io/jetstream";
import { headers as newHeaders } from "@nats-io/nats-core";
import fc from "fast-check";
import {
  connectNats,
  connectPostgres,
  type NatsConnection,
  type Sql,
  type StoredMessage,
} from "../../actors/platform/mod.ts";
import { decodeCommit, newId, versionOf } from "../../actors/protocol/mod.ts";
import { groupSubject, hashOf, headers } from "../../actors/protocol/routing/mod.ts";
import { setting } from "../support/eventually.ts";
import { storedLog } from "../support/history.ts";
import { groupOf, send, somebody } from "./_edge_client.ts";
import { post, withEdge } from "./_edge_process.ts";

interface Verification {
  readonly valid: boolean;
  readonly complete: boolean;
  readonly commits: number;
  readonly fault?: { readonly kind: string; readonly version: number };
}

interface RealLog {
  readonly group: string;
  readonly messages: readonly StoredMessage[];
}

/** The stored messages of a group of the stack in which `count` todos were made. */
async function realLog(count: number): Promise<RealLog> {
  const { token, ...owner } = await somebody();
  const group = await groupOf({ token, ...owner });
  for (let i = 0; i < count; i++) {
    const body = { type: "todo.create", group_id: group, payload: { title: `Todo ${i} é` } };
    const { status, text } = await send("POST", "/api/v1/command", { token, body });
    assert.equal(status, 201, text);
  }
  const connection = await connectNats({ url: setting("TEST_NATS_URL"), name: "test" });
  try {
    return { group, messages: await storedLog(connection, group) };
  } finally {
    await connection.close();
  }
}

/** The log as it would be of the group `copy`: the same bytes but for the id, linked anew. */
function copied({ group, messages }: RealLog, copy: string): StoredMessage[] {
  let hash = "";
  return messages.map(({ sequence, data: original }) => {
    const text = new TextDecoder().decode(original).replaceAll(group, copy);
    const data = new TextEncoder().encode(text);
    const header = newHeaders();
    if (hash !== "") header.set(headers.PREVIOUS_HASH, hash);
    hash = hashOf(data);
    return { sequence, data, headers: header };
  });
}

/** Stores `messages`, under their headers, as the log of the group. */
async function store(
  connection: NatsConnection,
  group: string,
  messages: readonly StoredMessage[],
): Promise<void> {
  const log = jetstream(connection);
  for (const { data, headers: header } of messages) {
    await log.publish(groupSubject("event", group), data, header ? { headers: header } : {});
  }
}

/** What an edge says of logs that are stored in a server of its own. */
interface Bench {
  readonly connection: NatsConnection;
  /** Puts the caller into the group, of which nothing else is projected but how far it is. */
  readonly join: (group: string, version?: number, sequence?: number) => Promise<void>;
  readonly verify: (group: string) => Promise<Verification>;
}

function withBench(run: (bench: Bench) => Promise<void>): Promise<void> {
  return withEdge(async ({ url, nats, databaseUrl }) => {
    const { body } = await post(`${url}/api/v1/auth/register`, {
      username: "auditor",
      password: "correct horse",
    });
    const sql: Sql = connectPostgres(databaseUrl, { name: "test", max: 1 });
    const connection = await connectNats({ url: nats.url, name: "test" });
    try {
      await run({
        connection,
        join: async (group, version = 0, sequence = 0) => {
          await sql`insert into groups (id, name, created_by, created_at, version)
            values (${group}, 'Audited', 'x', now(), 1)`;
          await sql`insert into group_members (group_id, user_id, role, added_at, version)
            values (${group}, ${body["user_id"] ?? ""}, 'owner', now(), 1)`;
          await sql`insert into group_projection_offsets (group_id, version, stream_sequence)
            values (${group}, ${version}, ${sequence})`;
        },
        verify: async (group) => {
          const answer = await fetch(`${url}/api/v1/audit/verify?group_id=${group}`, {
            headers: { authorization: `Bearer ${body["token"]}` },
          });
          const text = await answer.text();
          assert.equal(answer.status, 200, text);
          return JSON.parse(text) as Verification;
        },
      });
    } finally {
      await connection.close();
      await sql.end();
    }
  });
}

/** Version of the first event of `message`. */
function firstVersion({ data }: StoredMessage): number {
  const [event] = decodeCommit(data);
  return event ? versionOf(event) : assert.fail("a commit without events");
}

Deno.test("one byte flipped anywhere but in the newest message is found at it or at the one behind it", () =>
  withBench(async ({ connection, join, verify }) => {
    const real = await realLog(8);
    const sound = newId();
    await join(sound);
    await store(connection, sound, copied(real, sound));
    const { valid, complete, commits } = await verify(sound);
    assert.deepEqual([valid, complete, commits], [true, true, real.messages.length]);
    const flip = fc.record({
      index: fc.nat(real.messages.length - 2),
      part: fc.double({ min: 0, max: 1, noNaN: true, maxExcluded: true }),
      difference: fc.integer({ min: 1, max: 255 }),
    });
    await fc.assert(
      fc.asyncProperty(flip, async ({ index, part, difference }) => {
        const group = newId();
        const messages = copied(real, group);
        const message = messages[index] ?? assert.fail();
        const data = Uint8Array.from(message.data);
        const at = Math.floor(part * data.length);
        data[at] = (data[at] ?? 0) ^ difference;
        await join(group);
        await store(connection, group, messages.with(index, { ...message, data }));
        const { valid, fault } = await verify(group);
        assert.equal(valid, false, `byte ${at} of message ${index}`);
        const places = [message, messages[index + 1] ?? message].map(firstVersion);
        assert.ok(places.includes(fault?.version ?? 0), `${JSON.stringify(fault)} of ${places}`);
      }),
      { numRuns: 100 },
    );
  }));

Deno.test("messages that are missing, repeated or swapped, and a header that was changed, are found", () =>
  withBench(async ({ connection, join, verify }) => {
    const real = await realLog(5);
    const changed = newHeaders();
    changed.set(headers.PREVIOUS_HASH, "0".repeat(64));
    const tamper: Record<string, (log: StoredMessage[]) => [StoredMessage[], at: number]> = {
      missing: (log) => [log.toSpliced(2, 1), 2],
      "first missing": (log) => [log.slice(1), 0],
      repeated: (log) => [log.toSpliced(2, 0, ...log.slice(1, 2)), 2],
      swapped: (log) => [[...log.slice(0, 1), ...log.slice(1, 3).reverse(), ...log.slice(3)], 1],
      header: (log) => [log.map((m, i) => i === 2 ? { ...m, headers: changed } : m), 2],
    };
    for (const [what, by] of Object.entries(tamper)) {
      const group = newId();
      const log = copied(real, group);
      const [tampered, at] = by(log);
      await join(group);
      await store(connection, group, tampered);
      const { valid, complete, fault } = await verify(group);
      assert.deepEqual([valid, complete, fault?.kind], [false, false, "prevhash"], what);
      assert.equal(fault?.version, firstVersion(log[at] ?? assert.fail()), what);
    }
  }));

Deno.test("a log that was cut off is found by what the read model had seen of it", () =>
  withBench(async ({ connection, join, verify }) => {
    const group = newId();
    const messages = copied(await realLog(3), group);
    await store(connection, group, messages.slice(0, -1));
    const version = firstVersion(messages.at(-1) ?? assert.fail());
    await join(group, version, messages.length);
    const { valid, fault } = await verify(group);
    assert.deepEqual([valid, fault?.kind, fault?.version], [false, "truncated", version]);
    const absent = newId();
    await join(absent, 4, 4);
    assert.equal((await verify(absent)).fault?.kind, "truncated", "of a log that is all gone");
  }));
