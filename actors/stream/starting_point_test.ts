/** Following a group from its snapshot: to every reader the same as from its first commit. */
import assert from "node:assert/strict";
import fc from "fast-check";
import { hashOf } from "../protocol/routing/mod.ts";
import { type StoredSnapshot, UnusableSnapshotError } from "../protocol/snapshot/mod.ts";
import {
  FakeSocket,
  type Frame,
  GROUP,
  group,
  GroupWriter,
  OTHER,
  settle,
  World,
} from "./testing/mod.ts";

const USERS = ["ana", "ben", "zoe"] as const;
const EPOCH = "e1";

/** What may happen in the log of a group, and to whom. */
const STEPS = ["todos", "join", "leave", "delete", "restore", "other"] as const;
const step = fc.record({ kind: fc.constantFrom(...STEPS), user: fc.nat(2) });
type Step = { readonly kind: typeof STEPS[number]; readonly user: number };

/** A place in the log after a commit of the group. */
interface Place {
  readonly version: number;
  readonly sequence: number;
}

interface History {
  /** Messages in the order of the log. */
  readonly messages: readonly { readonly groupId: string; readonly bytes: Uint8Array }[];
  readonly places: readonly Place[];
  /** Version since which each member could read without a break. */
  readonly since: ReadonlyMap<string, number>;
}

/** The log that `steps` make, without those that could not happen. */
function historyOf(steps: readonly Step[]): History {
  const [writer, other] = [new GroupWriter(GROUP, "ana"), new GroupWriter(OTHER, "ana")];
  const messages: { groupId: string; bytes: Uint8Array }[] = [];
  const places: Place[] = [];
  const joined = new Map<string, number>([["ana", 2]]);
  let aliveSince = 1;
  let deleted = false;
  const put = (bytes: Uint8Array) => {
    messages.push({ groupId: GROUP, bytes });
    places.push({ version: writer.version, sequence: messages.length });
  };
  put(writer.create());
  for (const { kind, user } of steps) {
    const userId = USERS[user] ?? "ana";
    if (kind === "todos" && !deleted) put(writer.addTodos(1 + user));
    else if (kind === "join" && !joined.has(userId) && !deleted) {
      put(writer.addMember(userId));
      joined.set(userId, writer.version);
    } else if (kind === "leave" && joined.has(userId) && !deleted) {
      put(writer.removeMember(userId));
      joined.delete(userId);
    } else if (kind === "delete" && !deleted) {
      put(writer.delete());
      deleted = true;
    } else if (kind === "restore" && deleted) {
      put(writer.commit({ type: "group.restored", data: { undoes: "x" } }));
      aliveSince = writer.version;
      deleted = false;
    } else if (kind === "other") {
      messages.push({ groupId: OTHER, bytes: other.version ? other.addTodos(1) : other.create() });
    }
  }
  const since = new Map(
    deleted ? [] : [...joined].map(([id, version]) => [id, Math.max(version, aliveSince)]),
  );
  return { messages, places, since };
}

interface Opening {
  readonly history: History;
  /** Messages that come after the stream was opened. */
  readonly late: number;
  /** Commits that the snapshot covers; 0: there is none. */
  readonly saved: number;
  readonly ringCommits: number;
}

/** What a reader of a streamer that had not followed the group gets. */
async function framesOf(
  userId: string,
  cursor: string | undefined,
  { history: { messages }, late, saved, ringCommits }: Opening,
): Promise<readonly Frame[]> {
  const world = new World({ ringCommits });
  const early = messages.length - late;
  for (const { groupId, bytes } of messages.slice(0, early)) world.log.append(groupId, bytes);
  if (saved > 0) world.log.save(GROUP, saved);
  const feed = await world.feeds.acquire(GROUP);
  if (!feed || feed.view.refusal(userId) !== undefined) return [];
  assert.deepEqual(world.kinds, [`followed ${saved > 0 ? "found" : "none"}`]);
  const socket = new FakeSocket();
  const [, version] = /:(\d+)\./.exec(cursor ?? "") ?? [];
  if (version !== undefined) socket.model.versions.set(GROUP, Number(version));
  await world.open(userId, cursor, { socket });
  await settle();
  for (const [index, { groupId, bytes }] of messages.slice(early).entries()) {
    world.log.append(groupId, bytes, { lost: index % 2 === 0 });
  }
  await settle();
  await world.feeds.verifyAll();
  await settle();
  world.feeds.close();
  return socket.frames;
}

/** The versions of the events in `frames`. */
function versionsIn(frames: readonly Frame[]): number[] {
  return frames.filter(({ event }) => event === "todo-event")
    .flatMap(({ data }) => JSON.parse(data) as { sequence: string }[])
    .map(({ sequence }) => Number(sequence));
}

Deno.test("from a snapshot at any commit each reader, with any cursor and past, gets what it gets from the whole log", async () => {
  let [compared, membership] = [0, 0];
  await fc.assert(
    fc.asyncProperty(
      fc.array(step, { maxLength: 14, size: "max" }),
      fc.nat(),
      fc.nat(3),
      fc.constantFrom(1, 3, 100),
      async (steps, at, lateness, ringCommits) => {
        const history = historyOf(steps);
        const { messages, places, since } = history;
        const late = Math.min(lateness, messages.length - 1);
        const early = places.filter(({ sequence }) => sequence <= messages.length - late);
        const saved = 1 + at % early.length;
        const head = early.at(-1);
        const cursors = [
          undefined,
          ...places.map(({ version, sequence }) => `${EPOCH}-${GROUP}:${version}.${sequence}`),
          // Positions that never were: before all, between commits, of another version, beyond the end.
          `${EPOCH}-${GROUP}:1.0`,
          `${EPOCH}-${GROUP}:${(head?.version ?? 0) - 1}.${head?.sequence}`,
          `${EPOCH}-${GROUP}:${head?.version}.1`,
          `${EPOCH}-${GROUP}:999.999`,
          `e0-${GROUP}:2.1`,
        ];
        for (const userId of USERS) {
          for (const cursor of cursors) {
            const options = { history, late, ringCommits };
            const whole = await framesOf(userId, cursor, { ...options, saved: 0 });
            const begun = await framesOf(userId, cursor, { ...options, saved });
            assert.deepEqual(begun, whole);
            compared++;
            if (whole.some(({ data }) => data.includes('"membership"'))) membership++;
            if (late > 0 || !since.has(userId)) continue;
            for (const version of versionsIn(begun)) {
              assert.ok(version > (since.get(userId) ?? Infinity), `${userId} gets ${version}`);
            }
          }
        }
      },
    ),
    { numRuns: 100 },
  );
  assert.ok(compared > 500 && membership > 20, `${compared} compared, ${membership} by membership`);
});

Deno.test("only what follows the snapshot is read and kept", async () => {
  const world = new World({ ringCommits: 100 });
  const writer = group(world);
  for (let i = 0; i < 20; i++) world.log.append(GROUP, writer.addTodos(1));
  world.log.save(GROUP, 18);
  const feed = await world.feeds.acquire(GROUP);
  assert.ok(feed);
  assert.deepEqual(feed.ring.base, { version: 19, sequence: 18 });
  assert.equal(feed.ring.size, 3);
  assert.equal(feed.view.head.version, 22);
  world.log.append(GROUP, writer.addTodos(1));
  world.log.append(GROUP, writer.addTodos(1), { lost: true });
  await feed.catchUp();
  assert.equal(feed.view.head.version, 24);
  world.feeds.close();
});

Deno.test("a snapshot that is stored after the leader was asked is used", async () => {
  const world = new World();
  const writer = group(world);
  world.log.snapshot = async (groupId) => {
    await settle();
    world.log.append(GROUP, writer.addTodos(1), { lost: true });
    world.log.save(GROUP);
    return world.log.snapshots.get(groupId);
  };
  const feed = await world.feeds.acquire(GROUP);
  assert.equal(feed?.view.head.version, 3);
  assert.deepEqual(world.kinds, ["followed found"]);
  world.feeds.close();
});

const FAULTS: readonly [
  what: string,
  use: string,
  harm: (world: World, saved: StoredSnapshot) => StoredSnapshot | undefined,
][] = [
  ["of another fold", "schema", (_, { head, ...rest }) => ({
    ...rest,
    head: { ...head, schema: `${head.schema}0` },
  })],
  ["about another incarnation of the log", "incarnation", (_, { head, ...rest }) => ({
    ...rest,
    head: { ...head, log: "e0" },
  })],
  ["newer than the log", "newer", (_, { head, ...rest }) => ({
    ...rest,
    head: { ...head, sequence: 99 },
  })],
  ["of a message that the log has not at its place", "history", (_, { head, ...rest }) => ({
    ...rest,
    head: { ...head, sequence: head.sequence - 1 },
  })],
  ["of a message with other bytes", "history", (_, { head, ...rest }) => ({
    ...rest,
    head: { ...head, hash: hashOf("other") },
  })],
  ["with a version that its state has not", "corrupt", (_, { head, ...rest }) => ({
    ...rest,
    head: { ...head, version: head.version + 1 },
  })],
  ["of another group", "corrupt", (_, { body, ...rest }) => ({
    ...rest,
    body: body.replace(GROUP, OTHER),
  })],
  ["that is cut off", "corrupt", (_, { body, ...rest }) => ({ ...rest, body: body.slice(0, -9) })],
  ["without a state", "corrupt", (_, { head }) => ({ head, body: `{"id":"${GROUP}"}` })],
  ["whose bytes are damaged", "corrupt", ({ log }) => {
    log.snapshot = () => Promise.reject(new UnusableSnapshotError("corrupt", "damaged"));
    return undefined;
  }],
  ["that cannot be read", "unreadable", ({ log }) => {
    log.snapshot = () => Promise.reject(new Error("no answer"));
    return undefined;
  }],
  ["beyond what the replica that is asked has", "unreadable", ({ log }, saved) => {
    const read = log.read.bind(log);
    let reads = 0;
    log.read = (...args) =>
      reads++ === 0 ? Promise.resolve({ messages: [], complete: true }) : read(...args);
    return saved;
  }],
];

Deno.test.each(FAULTS)("the whole log is read instead of a snapshot %s", async (_, use, harm) => {
  const world = new World({ ringCommits: 100 });
  const writer = group(world);
  for (let i = 0; i < 5; i++) world.log.append(GROUP, writer.addTodos(2));
  world.log.save(GROUP);
  const saved = world.log.snapshots.get(GROUP);
  assert.ok(saved);
  const harmed = harm(world, saved);
  if (harmed) world.log.snapshots.set(GROUP, harmed);
  const feed = await world.feeds.acquire(GROUP);
  assert.equal(feed?.view.head.version, 12);
  assert.deepEqual(feed.ring.base, { version: 0, sequence: 0 });
  assert.deepEqual(world.kinds, [`followed ${use}`]);
  world.feeds.close();
});

Deno.test("of a group whose log is lost the snapshot is no sign of life", async () => {
  const world = new World();
  group(world);
  world.log.save(GROUP);
  world.log.recreate();
  assert.equal(await world.feeds.acquire(GROUP), undefined);
  world.feeds.close();
});
