/** What each kind of job does. */
import type { NatsConnection } from "../platform/mod.ts";
import { checkReadModel, type Difference } from "./check/mod.ts";
import { type RebuildPoint, rebuildReadModel } from "./rebuild/mod.ts";
import type { JobContext, JobSession } from "./jobs/mod.ts";

export interface WorkDeps {
  readonly connection: NatsConnection;
  readonly databaseUrl: string;
  readonly session: JobSession;
  readonly shards: number;
  /** Told of every difference that a check finds. */
  readonly onDifference?: (difference: Difference) => void;
  /** Called when a rebuild has come so far; for tests. */
  readonly atPoint?: (point: RebuildPoint) => Promise<void> | void;
}

/** Does jobs with these means; answers with what is told of the result. */
export function workOf(deps: WorkDeps): (context: JobContext) => Promise<object> {
  return async (context) => {
    const { kind } = context.job;
    switch (kind) {
      case "rebuild":
        return await rebuildReadModel({ ...deps, ...context });
      case "check":
        return await checkReadModel({ ...deps, ...context });
      default:
        return kind satisfies never;
    }
  };
}
