/** From one host to three and back through the whole path, with streams open and nobody noticing (F20). */
import { connectNats, connectPostgres } from "../../../actors/platform/mod.ts";
import { type CommandBody, newId } from "../../../actors/protocol/mod.ts";
import { startStack } from "../../../dev/mod.ts";
import { readModelFaults } from "../../support/audit.ts";
import { Http, User } from "../../support/edge_user.ts";
import { eventually, setting, sleep } from "../../support/eventually.ts";
import { type Answered, readLog } from "../../support/history.ts";
import { Follower } from "../../support/follower.ts";
import { findFaults, mailboxFaults } from "../../support/log_faults.ts";
import { streamFaults } from "../../support/view_faults.ts";
import { type Handover, handoverChecks, handoverFigures } from "../handovers.ts";
import { HostSlot } from "../hosts.ts";
import { MailboxTap } from "../mailbox_tap.ts";
import { atMostMs, exactly, quantile, sound, spread, waits } from "../measure.ts";
import type { Scenario } from "../scenario.ts";

const USERS = 6;
const ADDED = 2;
/** Once in a long run. */
const ADDED_AT_MOST = 7;
const SETTLE_MS = { short: 700, long: 2_000 };

export const scaling: Scenario = {
  name: "scaling",
  about:
    "From one host to three and back, through the whole path, with a stream open on every group; in a " +
    "long run to eight as well, once.",
  defaults: { short: { kills: 1 }, long: { kills: 10 } },
  run: async ({ kills: rounds, short, say }) => {
    const settleMs = SETTLE_MS[short ? "short" : "long"];
    await using resources = new AsyncDisposableStack();
    const { edgeUrl, natsUrl, databaseUrl, shards } = await wholeStack(resources);
    const http = resources.use(new Http(edgeUrl));
    const connection = await connectNats({ url: natsUrl, name: "chaos" });
    resources.defer(() => connection.close());
    const taps = Array.from(
      { length: shards },
      (_, shard) => resources.use(new MailboxTap(connection, shard)),
    );
    const sql = connectPostgres(databaseUrl, { name: "chaos", max: 2 });
    resources.defer(() => sql.end());
    const users = await Promise.all(
      Array.from({ length: USERS }, (_, i) => User.register(http, `scale${i}`)),
    );
    const groupIds = await Promise.all(users.map((user) => user.createGroup("Scale")));
    const followers = users.map((user, i) =>
      resources.use(new Follower(http, user, groupIds[i] ?? ""))
    );
    const handovers: Handover[] = [];
    const end = new AbortController();
    const working = users.map((user, i) => work(user, groupIds[i] ?? "", end.signal));
    try {
      for (let round = 0; round < rounds; round++) {
        await sleep(settleMs);
        handovers.push(...await scaleOutAndIn(natsUrl, { added: ADDED, settleMs, shards }));
        say(`${round + 1} of ${rounds} times out and in`);
      }
      if (!short) {
        handovers.push(...await scaleOutAndIn(natsUrl, { added: ADDED_AT_MOST, settleMs, shards }));
        say(`and once to ${1 + ADDED_AT_MOST}`);
      }
      await sleep(settleMs);
    } finally {
      end.abort();
      await Promise.all(working);
    }
    const history: Answered[] = users.flatMap((user) => user.history);
    const log = await readLog(connection, groupIds);
    const placed = (await Promise.all(taps.map((tap) => tap.placedEntries(history)))).flat();
    await Promise.all(followers.map(({ groupId, version: _ }, i) => {
      const last = Number(
        log.findLast((entry) => entry.groupId === groupId)?.events.at(-1)?.sequence,
      );
      return eventually(() => followers[i]?.version === last, "the streams to end");
    }));
    const faults = [
      ...findFaults(history, log),
      ...mailboxFaults(log, placed),
      ...followers.flatMap(({ groupId, deliveries }) => streamFaults(groupId, deliveries, log)),
      ...await readModelFaults(sql, log, groupIds),
    ];
    const reopened = followers.reduce((sum, { connections }) => sum + connections - 1, 0);
    return {
      figures: {
        "times from one host to three and back": rounds,
        ...(short ? {} : { "times from one host to eight, to two, and back": 1 }),
        ...handoverFigures(handovers),
        "commands over HTTP": history.length,
        "events on the streams": followers.reduce((n, { deliveries }) => n + deliveries.length, 0),
        "waiting for the answer": spread(waits(history)),
      },
      checks: [
        ...sound({ faults, placed: placed.length }),
        exactly(
          "commands that had to be repeated",
          history.filter((a) => a.attempts > 1).length,
          0,
          "time",
        ),
        exactly("streams that had to be opened again", reopened, 0),
        ...handoverChecks(handovers, ["given", "handed"]),
        atMostMs("p99 of commands", quantile(waits(history), 0.99), 1_000),
      ],
      faults,
    };
  },
};

/** Starts `added` more hosts and ends them in the same order; what they said of blocks they took and gave. */
async function scaleOutAndIn(
  natsUrl: string,
  { added, settleMs, shards }: {
    readonly added: number;
    readonly settleMs: number;
    readonly shards: number;
  },
): Promise<Handover[]> {
  await using slots = new AsyncDisposableStack();
  const env = { STREAM_SHARDS: `${shards}` };
  const hosts = Array.from(
    { length: added },
    (_, i) => slots.use(new HostSlot(`added-${i}`, { natsUrl, replicas: 1, ownsAll: false, env })),
  );
  for (const host of hosts) {
    await host.start();
    await sleep(settleMs);
  }
  for (const host of hosts) {
    await host.end("SIGTERM");
    await sleep(settleMs);
  }
  return hosts.flatMap(({ handovers }) => handovers);
}

/** The stack that the test runner started, or one of its own. */
async function wholeStack(resources: AsyncDisposableStack) {
  if (Deno.env.has("TEST_EDGE_URL")) {
    return {
      edgeUrl: setting("TEST_EDGE_URL"),
      natsUrl: setting("TEST_NATS_URL"),
      databaseUrl: setting("TEST_DATABASE_URL"),
      shards: Number(setting("TEST_STREAM_SHARDS")),
    };
  }
  const dataDir = await Deno.makeTempDir({ prefix: "todo1m-chaos-" });
  resources.defer(() => Deno.remove(dataDir, { recursive: true }));
  const stateFile = `${dataDir}/stack.json`;
  const stack = resources.use(await startStack({ dataDir, stateFile, shards: 1, say: () => {} }));
  return { edgeUrl: stack.url, natsUrl: stack.natsUrl, databaseUrl: stack.databaseUrl, shards: 1 };
}

/** One user's closed loop: create and change todos. */
async function work(user: User, groupId: string, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    const todo_id = newId();
    const steps: CommandBody[] = [
      { type: "todo.create", payload: { todo_id, title: "Scale" } },
      { type: "todo.update", payload: { todo_id, title: "Scaled" } },
      { type: "todo.complete", payload: { todo_id } },
    ];
    for (const step of steps) {
      await user.commit(groupId, step);
      await sleep(30);
    }
  }
}
