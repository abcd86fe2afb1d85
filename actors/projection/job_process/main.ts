/**
 * Does one job about the whole read model and ends: `rebuild`, or `check` with `--group ID` for one group. Needs
 * NATS_URL and DATABASE_URL like the projector, and not the projector itself. Exit code 0 when the job is done
 * and, for a check, nothing differs, and there is a group of that name; 1 otherwise; 2 when it was not started.
 */
import {
  ConfigError,
  configureLogging,
  connectNats,
  DEFAULT_STREAM_SETTINGS,
  readInt,
  readString,
  requireShards,
  untilShutdown,
} from "../../platform/mod.ts";
import type { CheckResult } from "../check/mod.ts";
import { parseArguments } from "./arguments.ts";
import { checkText, differenceText, isPassed, jobText, progressText, rebuildText } from "./told.ts";
import { workOf } from "../job_work.ts";
import { JobSession, runJob } from "../jobs/mod.ts";
import type { RebuildResult } from "../rebuild/mod.ts";

const PROGRESS_MS = 1_000;

configureLogging({ process: "projection-job" });
Deno.exit(await main());

async function main(): Promise<number> {
  const wanted = parseArguments(Deno.args);
  if ("problem" in wanted) return refuse(wanted.problem);
  const databaseUrl = readString("DATABASE_URL");
  const stopping = new AbortController();
  void untilShutdown().then((signal) => stopping.abort(new Error(`Stopped by ${signal}`)));
  const connection = await connectNats({ url: readString("NATS_URL"), name: "projection-job" });
  const shards = readInt("STREAM_SHARDS", DEFAULT_STREAM_SETTINGS.shards, { min: 1 });
  try {
    await requireShards(connection, shards);
  } catch (error) {
    if (error instanceof ConfigError) return refuse(error.message);
    throw error;
  }
  await using session = await JobSession.open(databaseUrl);
  const job = await session?.begin(wanted.kind, wanted.groupId);
  if (!session || !job) return refuse("Another job is being done, or waits to be");
  console.log(jobText(job));
  let toldAt = -Infinity;
  const end = await runJob({
    session,
    job,
    signal: stopping.signal,
    work: workOf({
      connection,
      databaseUrl,
      session,
      shards,
      onDifference: (difference) => console.log(differenceText(difference)),
    }),
    onProgress: (progress) => {
      if (performance.now() < toldAt + PROGRESS_MS) return;
      toldAt = performance.now();
      console.log(progressText(progress));
    },
  });
  await connection.close();
  if (end.state !== "done") {
    console.error(`The ${job.kind} is ${end.state}${end.error ? `: ${end.error}` : ""}`);
    return 1;
  }
  if (job.kind === "rebuild") {
    console.log(rebuildText(end.result as RebuildResult));
    return 0;
  }
  const result = end.result as CheckResult;
  console.log(checkText(result, wanted.groupId));
  return isPassed(result, wanted.groupId) ? 0 : 1;
}

function refuse(why: string): number {
  console.error(why);
  return 2;
}
