/** The promise of the streams as a property: whatever happens, each reader gets each commit once. */
import assert from "node:assert/strict";
import fc from "fast-check";
import { FakeSocket, GROUP, group, OTHER, ReaderModel, settle, World } from "./testing/mod.ts";

/** What may happen, how often, and up to which number (of commits, of the reader, of turns…). */
const HAPPENINGS = [
  ["commit", 6, 3],
  ["large", 1, 1],
  ["lost", 2, 2],
  ["open", 3, 3],
  ["cut", 3, 3],
  ["end", 2, 3],
  ["stall", 2, 3],
  ["resume", 2, 3],
  ["turn", 4, 12],
  ["fail", 1, 2],
  ["verify", 1, 0],
  ["time", 1, 4],
  ["save", 2, 9],
  ["forget", 1, 0],
] as const;

const happening = fc.oneof(
  ...HAPPENINGS.map(([kind, weight, max]) => ({
    weight,
    arbitrary: fc.record({ kind: fc.constant(kind), count: fc.nat(max) }),
  })),
);

Deno.test("any interleaving of commits, losses, joins, stalls, cuts and resumes has no gap and no duplicate", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(happening, { maxLength: 60, size: "max" }),
      fc.boolean(),
      async (actions, many) => {
        const world = new World({
          ringCommits: 3,
          limits: { pageBytes: 1_500, maxBehindBytes: 4_000 },
        });
        const groups = many ? [GROUP, OTHER] : [GROUP];
        const writers = groups.map((groupId) => group(world, groupId));
        const readers: {
          socket: FakeSocket | undefined;
          model: ReaderModel;
          opening?: Promise<void>;
        }[] = Array.from({ length: 4 }, () => ({ socket: undefined, model: new ReaderModel() }));
        const open = async (index: number) => {
          const reader = readers[index];
          if (!reader || reader.socket || reader.opening) return;
          const { cursor, versions } = reader.model;
          const socket = new FakeSocket();
          for (const [id, version] of versions) socket.model.versions.set(id, version);
          socket.model.cursor = cursor;
          reader.opening = world.open("ana", cursor, { groups, socket }).then(
            () => {
              reader.socket = socket;
              reader.model = socket.model;
            },
            (error) => assert.match(String(error), /does not answer/),
          ).finally(() => delete reader.opening);
          await Promise.resolve();
        };
        let turn = 0;
        for (const { kind, count } of actions) {
          const reader = readers[count];
          switch (kind) {
            case "large":
            case "commit":
            case "lost": {
              const writer = writers[turn++ % writers.length];
              for (let i = 0; i < count && writer; i++) {
                const title = "x".repeat(kind === "large" ? 70_000 : 10);
                const bytes = writer.addTodos(count, title);
                world.log.append(writer.groupId, bytes, { lost: kind === "lost" });
              }
              break;
            }
            case "open":
              await open(count);
              break;
            case "cut":
              reader?.socket?.cut();
              if (reader) reader.socket = undefined;
              break;
            case "stall":
              reader?.socket?.stall();
              break;
            case "resume":
              reader?.socket?.resume();
              break;
            case "turn":
              for (let i = 0; i < count; i++) await Promise.resolve();
              break;
            case "fail":
              world.log.failures = count;
              break;
            case "verify":
              void world.feeds.verifyAll();
              break;
            case "time":
              world.advance(count * 1_000);
              break;
            case "save":
              for (const { groupId } of writers) world.log.save(groupId, 1 + count);
              break;
            case "forget":
              // Feeds that nobody needs are let go, and are begun again by the next who comes.
              world.advance(61_000);
              break;
          }
          for (const each of readers) {
            if (each.socket && !each.socket.connection?.isOpen) each.socket = undefined;
          }
        }
        world.log.failures = 0;
        await settle();
        await world.feeds.verifyAll();
        for (const reader of readers) {
          reader.socket?.resume();
          await reader.opening;
        }
        await settle();
        for (const [index, reader] of readers.entries()) {
          if (!reader.socket?.connection?.isOpen) {
            reader.socket = undefined;
            await open(index);
            await reader.opening;
          }
        }
        await settle();
        for (const { model, socket } of readers) {
          for (const writer of writers) {
            assert.equal(model.versions.get(writer.groupId), writer.version);
          }
          assert.equal(model.counts.get("reset"), undefined);
          socket?.cut();
        }
        world.feeds.close();
        assert.equal(world.log.followers, 0);
      },
    ),
    { numRuns: 1_000 },
  );
});
