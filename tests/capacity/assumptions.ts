/**
 * What people are assumed to do, and how the installation is to be run: everything in the capacity plan that
 * is not measured. Each value stands beside the reason for it; whoever knows better changes it here and runs
 * `deno task capacity` again.
 */

/** One assumption: its value, its unit and why it is what it is. */
export interface Assumption {
  readonly value: number;
  readonly unit: string;
  readonly why: string;
}

function assume(value: number, unit: string, why: string): Assumption {
  return { value, unit, why };
}

/** How many people look at the same group at the same time: that is who gets each of its events. */
export const WATCHERS: readonly { readonly watchers: number; readonly share: number }[] = [
  // A list of one's own is the most frequent one; households and small teams come next. The last two rows
  // are few groups and, because everybody gets everything, most of the deliveries.
  { watchers: 1, share: 0.4 },
  { watchers: 2, share: 0.25 },
  { watchers: 4, share: 0.18 },
  { watchers: 8, share: 0.11 },
  { watchers: 20, share: 0.05 },
  { watchers: 100, share: 0.0098 },
  { watchers: 1_000, share: 0.0002 },
];

export const ASSUMPTIONS = {
  usersOnline: assume(1_000_000, "users", "what the platform is made for, in the busiest minute"),
  streamsPerUser: assume(
    1.1,
    "streams",
    "a page follows one group; one in ten has a second one open",
  ),
  commandsPerUserHour: assume(12, "1/h", "a change every five minutes while the page is open"),
  peakFactor: assume(3, "×", "the busiest minute against the mean of those who are online"),
  onlineShareOfDay: assume(0.4, "×", "mean of those online over a day against the busiest minute"),
  readsPerUserHour: assume(
    20,
    "1/h",
    "pages opened, groups looked at, what the feed does not bring",
  ),
  readHitShare: assume(0.5, "×", "reads whose client has the newest state already (304)"),
  loginsPerUserHour: assume(
    0.05,
    "1/h",
    "sessions last 30 days; passwords are typed once in 20 hours online",
  ),
  freshStreamsPerUserHour: assume(4, "1/h", "another group, another page, a phone that wakes up"),
  eventBytesFactor: assume(
    1.5,
    "×",
    "titles and descriptions are longer than those of the benchmarks",
  ),
  historyEvents: assume(300, "events", "log of the mean group that is followed"),
  snapshotEvery: assume(
    256,
    "commits",
    "HOST_SNAPSHOT_EVERY: the snapshot of a resident group is anywhere up to so far behind, of others it is the newest",
  ),
  groupsInAll: assume(
    5_000_000,
    "groups",
    "everybody who ever came made some; each is a subject in the log",
  ),
  reconnectSeconds: assume(
    60,
    "s",
    "in which the log can be read for everybody who has lost a stream when all are cut at once",
  ),
  packetBytes: assume(90, "B", "TLS, TCP and IP around what is sent at once"),
  actorsPerWatchedGroup: assume(
    0.6,
    "×",
    "groups with a command in the last ten minutes, which keeps them resident",
  ),
  usersPerAddress: assume(4, "users", "homes and offices behind one address"),
  processorShare: assume(
    0.6,
    "×",
    "of a core that is used in the busiest minute, pods lost included",
  ),
  memoryShare: assume(0.75, "×", "of a memory limit: V8 needs room to collect garbage"),
  natsMemoryShare: assume(0.5, "×", "of a server's memory: page cache serves the reads of the log"),
  zones: assume(3, "zones", "the least in which losing one leaves a quorum"),
  copies: assume(3, "copies", "of mailboxes and log: one per zone"),
  routeFactor: assume(
    1.5,
    "×",
    "a delivery that crosses servers is handled by two; streamers connect to any",
  ),
  natsCores: assume(4, "cores", "per NATS server; it uses several well"),
  natsMemoryGiB: assume(16, "GiB", "per NATS server"),
  postgresCores: assume(
    16,
    "cores",
    "of one primary; reads could go to replicas, which the plan does without",
  ),
  postgresConnectionLimit: assume(
    500,
    "connections",
    "of one Postgres without a pooler; beyond that it needs one",
  ),
  logKeptDays: assume(365, "days", "the log is kept for ever: the disk that a year takes"),
} as const satisfies Record<string, Assumption>;

export type AssumptionName = keyof typeof ASSUMPTIONS;

/** The values alone. */
export type Assumed = Readonly<Record<AssumptionName, number>>;

/** The values of {@link ASSUMPTIONS}, with some replaced. */
export function assumed(over: Partial<Assumed> = {}): Assumed {
  const values = Object.entries(ASSUMPTIONS).map(([name, { value }]) => [name, value]);
  return { ...Object.fromEntries(values), ...over } as Assumed;
}
