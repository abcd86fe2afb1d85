/**
 * Readers of streams are cut at random moments, in the middle of frames too, and come back to one or
 * another streamer while the log moves on; now and then a streamer is killed. What every reader gets,
 * over all of its connections, must be every version of its groups, once and in order.
 */
import type { Fault } from "../../support/history.ts";
import { eventually, sleep } from "../../support/eventually.ts";
import { exactly } from "../measure.ts";
import type { Random } from "../random.ts";
import { PATIENCE_MS, type Scenario } from "../scenario.ts";
import { StreamSite } from "../stream_site.ts";
import { StreamVisitor } from "../stream_visit.ts";

const GROUPS = 20;
const READERS = 64;
const MAX_GROUPS_OF_A_READER = 3;
const COMMITS_PER_SECOND = 200;
const LONGEST_VISIT_MS = 120;
/** Share of visits so short, from the first moment on, that nothing but the head may come. */
const BRIEF_SHARE = 0.2;
const BRIEF_VISIT_MS = 5;
/** Share of pauses long enough that the ring has moved on and the log must be read. */
const LONG_PAUSE_SHARE = 0.01;
const LONG_PAUSE_MS = 3_000;
const CUTS_PER_KILL = 10_000;
/** Commits for each cut: fewer, and the visits were too short to show anything. */
const MIN_DELIVERED = 0.1;
/** A reader that found nobody waits a little. */
const REFUSED_PAUSE_MS = 50;

export const streamCuts: Scenario = {
  name: "stream-cuts",
  about:
    `${READERS} readers of ${GROUPS} groups are cut at random moments and resume at one of two ` +
    `streamers, which are killed now and then, while ${COMMITS_PER_SECOND} commits a second are written.`,
  defaults: { short: { kills: 1_000 }, long: { kills: 100_000 } },
  run: async ({ kills: wanted, random, say }) => {
    // Short rings: of many cursors the log has to serve what the ring has no more.
    const env = { RING_COMMITS: "16" };
    await using site = await StreamSite.start({ streamers: 2, groups: GROUPS, env });
    const faults: Fault[] = [];
    const readers = Array.from(
      { length: READERS },
      () => new StreamVisitor(some(site, random), site.token),
    );
    const over = new AbortController();
    const counts = { cuts: 0, refused: 0, ended: 0 };
    // Who was never told anything could miss nothing.
    await Promise.all(readers.map((reader) =>
      visitUntil(site, reader, {
        done: () => reader.model.versions.size === reader.groupIds.length,
        faults,
      })
    ));

    const writing = write(site, over.signal);
    const reading = readers.map(async (reader) => {
      while (counts.cuts < wanted && faults.length === 0) {
        const isBrief = random.next() < BRIEF_SHARE;
        const stayMs = random.next() * (isBrief ? BRIEF_VISIT_MS : LONGEST_VISIT_MS);
        try {
          const end = await reader.visit(
            random.pick(site.streamers).port,
            // However slow the machine is, most streams bring something before they are cut.
            (begun) => (isBrief ? Promise.resolve() : begun).then(() => sleep(stayMs)),
          );
          if (end === "cut") counts.cuts++;
          else counts[end]++;
          if (end === "refused") await sleep(random.next() * REFUSED_PAUSE_MS);
        } catch (error) {
          faults.push({ kind: "stream", what: String(error) });
        }
        if (random.next() < LONG_PAUSE_SHARE) await sleep(random.next() * LONG_PAUSE_MS);
      }
    });
    const kills = Math.ceil(wanted / CUTS_PER_KILL);
    for (let kill = 1; kill <= kills; kill++) {
      const due = wanted * kill / (kills + 1);
      while (counts.cuts < due && faults.length === 0) await sleep(20);
      const streamer = random.pick(site.streamers);
      await streamer.end("SIGKILL");
      await streamer.start();
      say(`${counts.cuts} cuts, ${kill} kills`);
    }
    await Promise.all(reading);
    over.abort();
    await writing;
    const frames = readers.reduce(
      (sum, { model }) => sum + (model.counts.get("todo-event") ?? 0),
      0,
    );
    await Promise.all(readers.map((reader) => catchUp(site, reader, faults)));

    const startedOver = readers.reduce((sum, each) => sum + each.startedOver, 0);
    const isSound = faults.length === 0 && startedOver === 0;
    return {
      figures: {
        "streamers killed": kills,
        "commits written": site.groups.reduce((sum, { version }) => sum + version - 2, 0),
        "streams ended by a kill": counts.ended,
        "not connected while a streamer was away": counts.refused,
      },
      checks: [
        exactly("gaps, duplicates and steps back", faults.length, 0),
        exactly("cursors that were not honoured", startedOver, 0),
        {
          what: "commits delivered to who came back",
          kind: "truth",
          limit: `≥ ${(wanted * MIN_DELIVERED).toLocaleString("en")}`,
          measured: frames.toLocaleString("en"),
          ok: frames >= wanted * MIN_DELIVERED,
        },
        {
          what: "cuts, each resumed",
          kind: "truth",
          limit: `≥ ${wanted.toLocaleString("en")}`,
          measured: counts.cuts.toLocaleString("en"),
          ok: counts.cuts >= wanted,
        },
      ],
      faults,
      goals: [{
        id: "G7",
        value: isSound ? counts.cuts : 0,
        beside: [`${kills} streamers killed`],
      }],
    };
  },
};

/** One to three of the site's groups. */
function some(site: StreamSite, random: Random): string[] {
  const count = 1 + random.below(MAX_GROUPS_OF_A_READER);
  const ids = Array.from({ length: count }, () => random.pick(site.groups).groupId);
  return [...new Set(ids)];
}

/** Writes to all groups in turn, at an even pace. */
async function write(site: StreamSite, signal: AbortSignal): Promise<void> {
  const startedAt = performance.now();
  for (let written = 0; !signal.aborted; await sleep(2)) {
    const due = (performance.now() - startedAt) / 1_000 * COMMITS_PER_SECOND;
    for (; written < due; written++) {
      const writer = site.groups[written % site.groups.length];
      if (writer) site.publish(writer, writer.addTodos(1 + written % 3));
    }
  }
}

/** Lets the reader read until it has everything; what is missing then is a fault. */
async function catchUp(site: StreamSite, reader: StreamVisitor, faults: Fault[]): Promise<void> {
  const done = () =>
    site.groups.every(({ groupId, version }) =>
      !reader.groupIds.includes(groupId) || reader.model.versions.get(groupId) === version
    );
  await visitUntil(site, reader, { done, faults });
}

/** Lets the reader read until it is `done`; that it is not in time is a fault. */
async function visitUntil(
  site: StreamSite,
  reader: StreamVisitor,
  { done, faults }: { readonly done: () => boolean; readonly faults: Fault[] },
): Promise<void> {
  const isDone = eventually(done, "everything to arrive", PATIENCE_MS);
  try {
    await reader.visit(site.streamers[0]?.port ?? 0, () => isDone.catch(() => {}));
    await isDone;
  } catch (error) {
    faults.push({ kind: "stream", what: String(error) });
  }
}
