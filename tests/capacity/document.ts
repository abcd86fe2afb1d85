/** The plan as a page of Markdown. Pure: text of what it is given. */
import { type CostName, COSTS, type Figures, valuesOf } from "../bench/costs.ts";
import { type Assumed, ASSUMPTIONS, WATCHERS } from "./assumptions.ts";
import { limitsOf } from "./limits.ts";
import { type Part, type Plan, planFor, type PlanSettings } from "./plan.ts";
import { PODS } from "./pods.ts";
import { sensitivities } from "./sensitivity.ts";
import { meanFanOut, meanWatchers } from "./watchers.ts";

const SHOWN_SENSITIVITIES = 12;

export interface DocumentInputs {
  readonly assumed: Assumed;
  readonly figures: Figures;
  readonly settings: PlanSettings;
}

/** The whole page. */
export function planDocument(inputs: DocumentInputs): string {
  const { assumed, figures, settings } = inputs;
  const costs = valuesOf(figures);
  const plan = planFor(assumed, costs, settings);
  return [
    `# Capacity for ${number(assumed.usersOnline)} people at once`,
    "Written by `deno task capacity`, from what the benchmarks measured (`tests/bench/costs.json`), what is " +
    "assumed about people (`tests/capacity/assumptions.ts`) and the settings in `base/settings`. A model and no " +
    "test: nothing of this size has been run. `deno task simulate:sessions` puts the streamers of this plan " +
    "through losses and deployments in virtual time.",
    "## What arrives in the busiest minute",
    loadTable(plan),
    "## What it needs",
    partsTable(plan),
    `Pods are counted so that what is left without one of ${assumed.zones} zones, and so without any one pod, carries ` +
    `the busiest minute with each processor at ${percent(assumed.processorShare)} and memory at ` +
    `${
      percent(assumed.memoryShare)
    } of its limit. The projector is one by design: while it is replaced, commands and streams go on and reads lag.`,
    natsAndPostgres(plan, assumed),
    "## What limits",
    table(
      ["limit", "at most", "used", "share", "beyond it"],
      limitsOf(plan, { assumed, costs, settings }).map(({ what, limit, used, then }) => [
        what,
        number(limit),
        number(used),
        percent(used / limit),
        then,
      ]),
    ),
    "## What moves it most",
    "Each alone twice as large (shares of a whole: half), times what is asked for now.",
    table(
      ["input", "cores", "memory", "pods and servers"],
      sensitivities(costs, settings).slice(0, SHOWN_SENSITIVITIES)
        .map(({ name, coresTimes, memoryTimes, podsTimes }) => [
          `\`${name}\``,
          times(coresTimes),
          times(memoryTimes),
          times(podsTimes),
        ]),
    ),
    "## What is assumed",
    table(
      ["assumption", "value", "because"],
      Object.entries(ASSUMPTIONS).map(([name, { value, unit, why }]) => [
        `\`${name}\``,
        `${number(value)} ${unit}`,
        why,
      ]),
    ),
    `People who look at the same group at the same time: ${
      WATCHERS.map(({ watchers, share }) =>
        `${number(watchers)} in ${percent(share)} of the groups`
      ).join(", ")
    }. ` +
    `That is ${meanWatchers().toFixed(1)} on average, and ${
      meanFanOut().toFixed(0)
    } who get what one of them does.`,
    "## What was measured",
    table(
      ["cost", "value", "what", "printed by", "when, at"],
      (Object.keys(COSTS) as CostName[]).map((name) => {
        const { value, command, date, commit } = figures[name];
        const [unit, meaning] = COSTS[name];
        return [
          `\`${name}\``,
          `${number(value)} ${unit}`,
          meaning,
          `\`${command}\``,
          `${date}, ${commit}`,
        ];
      }),
    ),
    `On ${
      [...new Set(Object.values(figures).map(({ machine }) => machine))].join("; ")
    }, with everything on one machine.`,
  ].join("\n\n") + "\n";
}

function loadTable({ load }: Plan): string {
  return table(["", "per second", "in all"], [
    ["streams", "", number(load.streams)],
    ["groups that somebody watches", "", number(load.watchedGroups)],
    ["commands", number(load.commands), `${number(load.commandsPerDay)} a day`],
    ["deliveries to streams", number(load.deliveries), ""],
    ["streams opened", number(load.opens), ""],
    ["heartbeats", number(load.heartbeats), ""],
    ["reads", number(load.reads), ""],
    ["new access tokens", number(load.refreshes), ""],
    ["passwords checked", number(load.logins), ""],
  ]);
}

function partsTable(plan: Plan): string {
  const row = (name: string, part: Part, each: string) => [
    name,
    `**${number(part.pods)}**`,
    each,
    number(part.cores),
    Object.entries(part.needed).map(([what, count]) => `${number(count)} for ${what}`).join(", "),
    part.limitedBy,
  ];
  const each = (name: keyof typeof PODS) => `1 core, ${PODS[name].memoryMiB} MiB`;
  return table(
    ["part", "pods", "each", "busy cores in all", "needed, nothing lost", "limited by"],
    [
      row("edge", plan.edge, each("edge")),
      row("streamer", plan.streamer, each("streamer")),
      row("group host", plan.host, each("group-host")),
      row("projector", plan.projector, each("projector")),
      row(
        "NATS",
        plan.nats,
        `${ASSUMPTIONS.natsCores.value} cores, ${ASSUMPTIONS.natsMemoryGiB.value} GiB`,
      ),
      [
        "Postgres",
        "1 and a standby",
        `${ASSUMPTIONS.postgresCores.value} cores`,
        number(plan.postgres.cores),
        "",
        "",
      ],
      [
        "together",
        number(plan.totals.pods),
        `${number(plan.totals.memoryGiB)} GiB`,
        number(plan.totals.cores),
        "",
        "",
      ],
    ],
  );
}

function natsAndPostgres(
  { nats, postgres, network, shards, groupsPerStreamer }: Plan,
  assumed: Assumed,
): string {
  return table(["", ""], [
    ["NATS: messages stored/s", number(nats.storedPerSecond)],
    ["NATS: messages delivered to streamers/s", number(nats.deliveredPerSecond)],
    ["NATS: subscriptions", number(nats.subscriptions)],
    ["NATS: log and copies, a day", `${number(nats.logGiBPerDay)} GiB`],
    [
      `NATS: disk of each server for ${number(assumed.logKeptDays)} days`,
      `${number(nats.logGiBPerServer)} GiB`,
    ],
    ["streams of mailbox and log (STREAM_SHARDS)", number(shards)],
    ["groups that one streamer follows", number(groupsPerStreamer)],
    ["Postgres: reads and sessions/s", number(postgres.transactionsPerSecond)],
    ["Postgres: growth a day", `${number(postgres.gibPerDay)} GiB`],
    ["Postgres: write-ahead log", `${number(postgres.walMiBPerSecond)} MiB/s`],
    ["Postgres: connections", number(postgres.connections)],
    ["network to browsers", `${number(network.toBrowsersMbit)} Mbit/s`],
    ["network between servers", `${number(network.betweenServersMbit)} Mbit/s`],
  ]);
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => cells.join(" | ").trimEnd();
  return [line(head), head.map(() => "---").join(" | "), ...rows.map(line)].join("\n");
}

/** A number with as many digits as it has meaning. */
export function number(value: number): string {
  if (!Number.isFinite(value)) return "none is enough";
  const digits = Math.abs(value) >= 100 ? 0 : Math.abs(value) >= 10 ? 1 : 2;
  return Number(value.toFixed(digits)).toLocaleString("en-US");
}

function percent(share: number): string {
  return `${number(share * 100)} %`;
}

function times(factor: number): string {
  return Number.isFinite(factor) ? `× ${factor.toFixed(2)}` : "not possible";
}
