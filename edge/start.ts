/**
 * Connects the edge to NATS and Postgres and builds it over them. All I/O of the start is here, none of
 * it happens at import.
 */
import {
  connectNats,
  connectPostgres,
  DeadLetterBox,
  logger,
  type NatsConnection,
  pause,
  serveOperationsAs,
  type Sql,
  TrustedProxies,
} from "../actors/platform/mod.ts";
import { ClusterWatch } from "../actors/cluster/mod.ts";
import * as web from "../web/mod.ts";
import {
  deadLetterRoutes,
  groupRebuilder,
  operatorCheck,
  operatorRoutes,
  partitionRoutes,
  projectionJobRoutes,
} from "./admin/mod.ts";
import { createEdge, type Edge } from "./app.ts";
import { auditRoutes, natsGroupLog } from "./audit/mod.ts";
import {
  answerValidations,
  createAuth,
  followEndedSessions,
  OutboxRelay,
  recallEndedSessions,
  showOutboxBacklog,
} from "./auth/mod.ts";
import {
  answerCommands,
  commandRoutes,
  CommandSender,
  IdempotencyKeys,
  LogOutcomeStore,
  NatsKeptKeys,
  NatsMailbox,
  NatsRefusals,
  type OutcomeLabel,
  RecentRefusals,
  waitingCommands,
} from "./commands/mod.ts";
import type { EdgeConfig } from "./config.ts";
import { groupRoutes } from "./groups/mod.ts";
import { livenessRoutes, operationsAnswer, operationsRoutes, readinessOf } from "./health.ts";
import { taskboardRoutes } from "./taskboard/mod.ts";
import { SharedQuotas } from "./quotas/mod.ts";
import {
  AWAY,
  guardedKeys,
  guardedMailbox,
  guardedSql,
  mailboxes,
  natsFirst,
  postgres,
  showDependencies,
  streamer,
} from "./resilience/mod.ts";
import {
  type Call,
  type Caller,
  notReadyAnswer,
  type Route,
  Shedding,
  spend,
  watchBodies,
} from "./http/mod.ts";
import type { Observation } from "./observation.ts";
import { withDescription } from "./openapi/mod.ts";
import { startJanitor } from "./janitor.ts";
import { pageRoutes } from "./pages.ts";
import { streamRoutes } from "./proxy.ts";
import {
  Consistency,
  currentState,
  logVersion,
  pastReader,
  Projection,
  readRoutes,
  RecentVersions,
} from "./reads/mod.ts";
import { createUsers } from "./users/mod.ts";
import { violationRoutes } from "./violations/mod.ts";

/** How long Postgres may take for one statement or transaction of a request. */
const STORE_MS = 4_000;
/** The same for what a command needs of it. */
const COMMAND_STORE_MS = 1_500;
/** How much of the time of a read that waits is kept for a look into the log, at most. */
const LOOK_MS = 500;
/** How long requests may take to finish once the process is asked to stop. */
const FINISH_MS = 10_000;
/** The running edge. */
export interface RunningEdge {
  readonly handle: Edge;
  /** From now on `/readyz` says that it goes; everything is still answered. */
  readonly drain: () => void;
  /** Ends streams; resolves when nothing is in flight, after ten seconds at most. */
  readonly finish: () => Promise<void>;
  /** Closes every connection that it has made. */
  readonly stop: () => Promise<void>;
}

/**
 * Starts the edge; returns when NATS is reached and has told which sessions have ended. A start that fails leaves
 * nothing open.
 *
 * @param observation of its own: every metric of the edge is made in it
 * @throws {ConfigError} when a setting cannot be used
 */
export async function startEdge(
  config: EdgeConfig,
  { metrics, telemetry, requests }: Observation,
): Promise<RunningEdge> {
  await using opened = new AsyncDisposableStack();
  const proxies = new TrustedProxies(config.trustedProxies);
  // From the first moment on: whoever looks after the process wants to know why it does not become ready.
  let isReady = () => Promise.resolve(notReadyAnswer());
  const answerOperator = operationsAnswer(metrics.registry, () => isReady());
  const operations = config.operations && serveOperationsAs(config.operations, answerOperator);
  opened.defer(() => operations?.shutdown());
  const log = logger("edge");
  const pool = connectPostgres(config.databaseUrl, {
    name: "edge",
    max: config.databaseConnections,
  });
  opened.defer(() => pool.end({ timeout: 1 }));
  const store = postgres();
  const sql = guardedSql(store, pool, { deadlineMs: STORE_MS });
  const accountSql = guardedSql(store, pool, { deadlineMs: STORE_MS, detail: AWAY.accounts });
  const commandSql = guardedSql(store, pool, {
    deadlineMs: COMMAND_STORE_MS,
    detail: AWAY.commands,
  });
  const { quotas } = config;
  const limited = metrics.counter({
    name: "tf_ratelimited_total",
    help: "Requests refused for want of quota",
    labelNames: ["policy"],
  });
  const onLimited = (policy: string) => limited.inc({ policy });

  const shared = new SharedQuotas();
  const auth = await createAuth({
    settings: config,
    limiter: (name, quota) => shared.limiter(name, quota),
    attempts: (name, quota) => shared.attempts(name, quota),
    sql: accountSql,
    metrics,
    proxies,
    onLimited,
    announce: (subject, text) => connection.publish(subject, text),
  });
  opened.use(auth);
  const connection = await connectNats({ url: config.natsUrl, name: "edge" });
  opened.defer(() => connection.close());
  shared.connect(connection);
  opened.use(shared);
  followEndedSessions(connection, auth.ended);
  await recallEndedSessions(connection, auth.ended, config.accessTokenSeconds);
  const keptKeys = await NatsKeptKeys.open(connection, {
    quota: shared.limiter("keys", quotas.keys),
    onLimited,
  });
  const kept = await NatsRefusals.open(connection);
  // From here on nothing is waited for that could fail.
  const connections = opened.move();
  const mailbox = new NatsMailbox(connection, {
    deadlineMs: config.commandDeadlineMs,
    maxInFlight: config.commandsInFlight,
  });
  showOutboxBacklog(metrics, pool);
  const relay = new OutboxRelay({ sql: pool, connection, announceEnd: auth.announceEnd });
  relay.start();
  const stopValidating = answerValidations(connection, auth.checkToken);
  const nameQuota = shared.limiter("names", quotas.names);
  const spendName = ({ userId }: Caller, call: Call) =>
    spend(nameQuota, userId, call, { onLimited });
  const users = createUsers({
    sql: accountSql,
    auth,
    mailbox,
    accessTokenSeconds: config.accessTokenSeconds,
    spendName,
  });
  const outcomes = metrics.counter<"outcome">({
    name: "tf_command_outcomes_total",
    help: "Commands by what became of them",
    labelNames: ["outcome"],
  });
  metrics.gauge({
    name: "tf_commands_in_flight",
    help: "Commands waiting for their outcome",
    collect() {
      this.set(mailbox.inFlight);
    },
  });

  const versions = new RecentVersions();
  const lookMs = Math.min(LOOK_MS, config.readDeadlineMs / 4);
  const projection = new Projection({
    connection,
    sql,
    deadlineMs: config.readDeadlineMs - lookMs,
  });
  const inLog = logVersion(connection, lookMs);
  const consistency = new Consistency({ versions, projection, logVersion: inLog });
  const recent = new RecentRefusals();
  const nats = mailboxes(() => mailbox.connected);
  const keys = new IdempotencyKeys(guardedKeys(nats, keptKeys));
  const throughNats = natsFirst(nats, connection);
  const streaming = streamer();
  showDependencies(metrics, [store, nats, ...(config.streamerUrl ? [streaming] : [])]);
  const sender = new CommandSender({
    mailbox: guardedMailbox(nats, mailbox),
    versions,
    recent,
    kept,
    keys,
    current: currentState({ sql: commandSql, consistency }),
    onOutcome: (outcome: OutcomeLabel) => outcomes.inc({ outcome }),
  });
  const quota = shared.limiter("commands", quotas.commands);
  const readQuota = shared.limiter("reads", quotas.reads);
  const stopTakingCommands = answerCommands(connection, {
    sender,
    sql: commandSql,
    quota,
    onLimited,
    log,
  });
  const adminQuota = shared.limiter("admin", quotas.admin);
  const stopping = new AbortController();
  let draining = false;
  let cluster: ClusterWatch | undefined;

  const past = { read: throughNats(pastReader(connection).read) };
  const outcomeStore = new LogOutcomeStore({ sql, connection });
  const deadLetters = new DeadLetterBox(connection);
  const routes: Route[] = [
    ...groupRoutes({ sender, sql, consistency, quota, spendName }),
    ...commandRoutes({
      sender,
      outcomes: {
        locate: (query) => outcomeStore.locate(query),
        read: throughNats((place, query) => outcomeStore.read(place, query)),
      },
      waiting: { find: throughNats(waitingCommands(connection).find) },
      kept: { find: throughNats((query) => kept.find(query)) },
      logVersion: throughNats(inLog),
      recent,
      consistency,
      sql: commandSql,
      quota,
      readQuota,
      onLimited,
    }),
    ...readRoutes({
      sql,
      consistency,
      quota: readQuota,
      past,
      onLimited,
      renderWorkspace: web.renderWorkspace,
    }),
    ...auditRoutes({
      sql,
      consistency,
      log: { open: throughNats(natsGroupLog(connection).open) },
      quota: readQuota,
    }),
    ...taskboardRoutes({ sender, sql, consistency, past, quota, readQuota }),
    ...auth.routes,
    ...users.routes,
    ...operatorRoutes(
      [
        ...deadLetterRoutes({
          box: {
            list: throughNats((query) => deadLetters.list(query)),
            get: throughNats((sequence) => deadLetters.get(sequence)),
            discard: throughNats((sequence) => deadLetters.discard(sequence)),
          },
          mailbox,
          rebuildGroup: groupRebuilder(connection),
        }),
        ...projectionJobRoutes(sql),
        ...partitionRoutes({
          look: throughNats(() => (cluster ??= new ClusterWatch(connection)).look()),
        }),
      ],
      {
        token: config.opsToken,
        quota: adminQuota,
        proxies,
      },
    ),
    ...pageRoutes(web),
    ...violationRoutes({ metrics, quota: shared.limiter("reports", quotas.reports) }),
    ...livenessRoutes(),
    ...(operations ? [] : operationsRoutes(
      answerOperator,
      config.production
        ? { isOperator: operatorCheck(config.opsToken), quota: adminQuota }
        : undefined,
    )),
    ...(config.streamerUrl
      ? streamRoutes({
        url: config.streamerUrl,
        streamer: streaming,
        proxies,
        checkToken: auth.checkToken,
        queryToken: config.legacyQueryToken,
        signal: stopping.signal,
      })
      : []),
  ];
  const handle = createEdge({
    routes: withDescription(routes, web.renderStaticPage),
    authenticate: auth.authenticate,
    proxies,
    publicQuota: shared.limiter("public", quotas.public),
    onLimited,
    corsOrigins: config.corsOrigins,
    telemetry,
    shedding: new Shedding({ isFull: () => mailbox.isFull, metrics, log }),
    log,
  });
  await shared.recall();
  const bodies = watchBodies();
  const janitor = startJanitor(auth.cleanings);

  isReady = readinessOf({
    checks: dependencyChecks({ connection, mailbox, sql: pool }),
    isDraining: () => draining,
  });

  const drain = () => void (draining = true);
  const finish = async () => {
    stopping.abort();
    const giveUpAt = performance.now() + FINISH_MS;
    while (telemetry.inFlight > 0 && performance.now() < giveUpAt) await pause(1);
  };
  const stop = async () => {
    await requests?.flush();
    bodies.stop();
    janitor.stop();
    await Promise.all([users.stop(), relay.stop(), stopValidating(), stopTakingCommands()]);
    cluster?.[Symbol.dispose]();
    mailbox[Symbol.dispose]();
    await connections.disposeAsync();
  };
  log.info("The edge is connected", {
    environment: config.production ? "production" : "development",
  });
  return { handle, drain, finish, stop };
}

function dependencyChecks(
  { connection, mailbox, sql }: { connection: NatsConnection; mailbox: NatsMailbox; sql: Sql },
) {
  return {
    nats: async () => {
      if (!mailbox.connected) throw new Error("disconnected");
      await connection.flush();
    },
    postgres: async () => {
      await sql`select 1 from users limit 1`;
    },
  };
}
