/** Looking back starts at the nearest snapshot, and finds what the log alone says. */
import assert from "node:assert/strict";
import { jetstreamManager } from "@nats-io/jetstream";
import { headers as newHeaders, type MsgHdrs, type NatsConnection } from "@nats-io/nats-core";
import { toSnapshot } from "../../actors/group/fold/mod.ts";
import { MILESTONE_STREAM, readPage, streamName } from "../../actors/platform/mod.ts";
import { decodeCommit, ProblemError, versionOf } from "../../actors/protocol/mod.ts";
import { groupSubject, headers, milestoneSubject } from "../../actors/protocol/routing/mod.ts";
import { type Moment, pastReader } from "../../edge/reads/mod.ts";
import { saveSnapshots } from "../bench/snapshots.ts";
import { writeGroup } from "../bench/group_log.ts";
import { withNats } from "./_nats_fixture.ts";

const EVENTS = 26_000;
/** Less than what lies between the start of the log and any of the moments below. */
const FEW = 9_000;
const MOMENTS = [10_500, 17_000, 20_500, EVENTS];

/** A group with a snapshot every 5,000 events: milestones at 10,000 and 20,000, the newest at 25,000. */
function longGroup(connection: NatsConnection): Promise<string> {
  return writeGroup(
    connection,
    { events: EVENTS, todos: 100, perCommit: 20 },
    { every: 250, then: (groupId) => saveSnapshots(connection, [groupId]) },
  );
}

/** The time of the event that made the group what it was at `version`. */
async function timeOf(connection: NatsConnection, groupId: string, version: number) {
  const { messages } = await readPage(connection, {
    stream: streamName("EV", 0),
    subject: groupSubject("event", groupId),
    from: 1,
    maxMessages: EVENTS,
    maxBytes: 64 * 2 ** 20,
  });
  const event = messages.flatMap(({ data }) => decodeCommit(data))
    .find((each) => versionOf(each) === version);
  return Date.parse(event?.time ?? "");
}

/** What the group was at `moment`, as text, if no more than `maxEvents` have to be read for it. */
async function lookBack(
  connection: NatsConnection,
  groupId: string,
  moment: Moment,
  maxEvents?: number,
) {
  const { state, timeMs, isFinal } = await pastReader(
    connection,
    maxEvents === undefined ? {} : { maxEvents },
  ).read(groupId, moment);
  return { state: toSnapshot(state), timeMs, isFinal };
}

/** The fields that a snapshot has, without what its first writer expected of the stream. */
function copyOf(fields: MsgHdrs): MsgHdrs {
  const copy = newHeaders();
  for (const name of fields.keys()) {
    if (name.startsWith("Todo-")) copy.set(name, fields.get(name));
  }
  return copy;
}

const isTooLarge = (error: unknown) =>
  error instanceof ProblemError && error.problem.code === "too-large";

Deno.test("what the nearest snapshot and the rest of the log make is what the whole log makes", () =>
  withNats(async (connection) => {
    const groupId = await longGroup(connection);
    const moments: Moment[] = MOMENTS.map((version) => ({ version }));
    for (const version of MOMENTS) {
      moments.push({ instantMs: await timeOf(connection, groupId, version) });
    }
    const byVersion = moments.slice(0, MOMENTS.length);
    for (const moment of byVersion) await lookBack(connection, groupId, moment, FEW);
    const found = [];
    for (const moment of moments) found.push(await lookBack(connection, groupId, moment));

    const manager = await jetstreamManager(connection);
    const { state } = await manager.streams.info(MILESTONE_STREAM);
    assert.equal(state.messages, 2);
    await manager.streams.purge(MILESTONE_STREAM);
    await manager.streams.purge(streamName("SNAP", 0));
    for (const moment of byVersion) {
      await assert.rejects(lookBack(connection, groupId, moment, FEW), isTooLarge);
    }
    for (const [index, moment] of moments.entries()) {
      assert.deepEqual(await lookBack(connection, groupId, moment), found[index]);
    }
  }));

Deno.test("an instant long after the last change is answered by the newest snapshot", () =>
  withNats(async (connection) => {
    const groupId = await longGroup(connection);
    const moment = { instantMs: Date.now() + 3_600_000 };
    const { state, isFinal } = await lookBack(connection, groupId, moment, FEW);
    assert.deepEqual([state.version, isFinal], [EVENTS, false]);
    await assert.rejects(
      lookBack(connection, groupId, { version: EVENTS + 1 }, FEW),
      (error) => error instanceof ProblemError && error.problem.code === "version-conflict",
    );
  }));

Deno.test("snapshots that are damaged, of another fold or of another log are passed over", () =>
  withNats(async (connection) => {
    const groupId = await longGroup(connection);
    const expected = await lookBack(connection, groupId, { version: 12_000 });
    const manager = await jetstreamManager(connection);
    const subject = milestoneSubject({ kind: "group", id: groupId }, 1);
    const good = await manager.streams.getMessage(MILESTONE_STREAM, { last_by_subj: subject });
    assert.ok(good);
    const damages: [name: string, value: string][] = [
      [headers.SNAPSHOT_SCHEMA, "0.other"],
      [headers.LOG, "EV-0 2020-01-01T00:00:00Z"],
      [headers.LOG_HASH, "ab".repeat(32)],
      [headers.LOG_SEQUENCE, "7"],
      [headers.VERSION, "10041"],
      [headers.VERSION, "nonsense"],
    ];
    for (const [name, value] of damages) {
      const header = copyOf(good.header);
      header.set(name, value);
      await connection.request(subject, good.data, { headers: header, timeout: 2_000 });
      assert.deepEqual(await lookBack(connection, groupId, { version: 12_000 }), expected, name);
      await assert.rejects(
        lookBack(connection, groupId, { version: 12_000 }, FEW),
        isTooLarge,
        `${name} ${value}`,
      );
    }
    const torn = { headers: copyOf(good.header), timeout: 2_000 };
    await connection.request(subject, good.data.slice(0, -9), torn);
    assert.deepEqual(await lookBack(connection, groupId, { version: 12_000 }), expected);
  }));
