/** Jobs about the read model, done in this process or in one that ends itself in the middle of them. */
import assert from "node:assert/strict";
import {
  type CheckResult,
  type JobEnd,
  JobSession,
  type RebuildPoint,
  type RebuildResult,
  runJob,
  workOf,
} from "../../actors/projection/mod.ts";
import type { ProjectionFixture } from "./_projection_fixture.ts";

type Place = Pick<ProjectionFixture, "connection" | "databaseUrl"> & { readonly shards?: number };

export interface JobOptions {
  readonly groupId?: string;
  readonly signal?: AbortSignal;
  readonly atPoint?: (point: RebuildPoint) => Promise<void> | void;
}

/** Does one job; how it ended. */
export async function doJob(
  { connection, databaseUrl, shards = 1 }: Place,
  kind: "rebuild" | "check",
  options: JobOptions = {},
): Promise<JobEnd> {
  const { groupId, signal = new AbortController().signal, atPoint } = options;
  await using session = await JobSession.open(databaseUrl);
  assert.ok(session, "no other job is being done");
  const job = await session.begin(kind, groupId);
  assert.ok(job, "no other job waits");
  const deps = { connection, databaseUrl, session, shards };
  return await runJob({
    session,
    job,
    signal,
    work: workOf({ ...deps, ...(atPoint ? { atPoint } : {}) }),
  });
}

/** Rebuilds, which must come about. */
export async function rebuilt(place: Place, options: JobOptions = {}): Promise<RebuildResult> {
  const { state, error, result } = await doJob(place, "rebuild", options);
  assert.equal(state, "done", error);
  return result as RebuildResult;
}

/** Checks, which must come about, whatever it finds. */
export async function checked(place: Place, groupId?: string): Promise<CheckResult> {
  const { state, error, result } = await doJob(place, "check", groupId ? { groupId } : {});
  assert.equal(state, "done", error);
  return result as CheckResult;
}
