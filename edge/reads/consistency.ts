/** Makes a reader see at least the versions it must see, or says that the read model is behind. */
import { ProblemError } from "../../actors/protocol/mod.ts";
import { logger } from "../../actors/platform/mod.ts";
import type { Caller } from "../http/mod.ts";
import type { LogVersion } from "./log_version.ts";
import type { Projection } from "./projection.ts";
import type { RecentVersions } from "./versions.ts";

/** What every read of a group tells besides its data. */
export interface GroupView {
  /** Version of the group that the data shows; 0 when the read model does not know the group. */
  readonly version: number;
  /** Whether the caller is a member of the group, and the group is there. */
  readonly isMember: boolean;
}

export class Consistency {
  readonly #versions: RecentVersions;
  readonly #projection: Pick<Projection, "versions" | "waitFor">;
  readonly #logVersion: LogVersion;

  constructor(
    options: {
      readonly versions: RecentVersions;
      readonly projection: Pick<Projection, "versions" | "waitFor">;
      readonly logVersion: LogVersion;
    },
  ) {
    this.#versions = options.versions;
    this.#projection = options.projection;
    this.#logVersion = options.logVersion;
  }

  /**
   * The result of `read`, repeated once the read model holds what the caller has written itself and at
   * least `minVersion`.
   *
   * @throws {ProblemError} `projection-lag` when that takes too long, `version-conflict` when the caller is a
   *   member of the group and it has not been at that version yet
   */
  async readGroup<V extends GroupView>(
    read: () => Promise<V>,
    options: {
      readonly caller: Pick<Caller, "userId">;
      readonly groupId: string;
      readonly minVersion?: number;
    },
  ): Promise<V> {
    const { caller, groupId, minVersion = 0 } = options;
    const required = Math.max(minVersion, this.#versions.required(caller.userId, groupId));
    const first = await read();
    if (first.version >= required) {
      if (required > 0) this.#versions.projected(caller.userId, groupId, first.version);
      return first;
    }
    const reached = await this.#projection.waitFor(groupId, required);
    if (reached >= required) {
      this.#versions.projected(caller.userId, groupId, reached);
      return await read();
    }
    const real = await this.#realVersion(groupId);
    // A stranger learns nothing about the group, not even how far it is.
    if (real === undefined || real >= required) throw behind(first.isMember ? reached : undefined);
    if (!first.isMember) return first;
    const code = "version-conflict";
    const detail = `The group is at version ${real}, version ${required} is still to come`;
    const errors = [{ parameter: "min_version", code, message: detail }];
    throw new ProblemError({ code, detail, errors, version: real });
  }

  /** The group's version in the log; `undefined` when it cannot be known now. */
  async #realVersion(groupId: string): Promise<number | undefined> {
    try {
      return await this.#logVersion(groupId);
    } catch (error) {
      logger("edge.reads").warning("How far a group is cannot be asked of the log: {reason}", {
        reason: String(error),
      });
      return undefined;
    }
  }

  /**
   * Waits until the read model holds everything the caller has written itself lately, but once for each version
   * that does not come in time.
   *
   * @returns the groups of which it does not
   */
  async catchUp(caller: Pick<Caller, "userId">): Promise<string[]> {
    const { userId } = caller;
    const required = this.#versions.allRequired(userId);
    if (required.length === 0) return [];
    const held = await this.#projection.versions(required.map(([groupId]) => groupId));
    const late = await Promise.all(required.map(async ([groupId, { version, isLate }]) => {
      let reached = held.get(groupId) ?? 0;
      if (reached < version && !isLate) reached = await this.#projection.waitFor(groupId, version);
      if (reached >= version) {
        this.#versions.projected(userId, groupId, reached);
        return [];
      }
      this.#versions.late(userId, groupId, version);
      return [groupId];
    }));
    return late.flat();
  }

  /**
   * The same where nothing may be missing.
   *
   * @throws {ProblemError} `projection-lag` when the read model does not hold all of it
   */
  async mustCatchUp(caller: Pick<Caller, "userId">): Promise<void> {
    const late = await this.catchUp(caller);
    if (late.length > 0) throw behind(undefined);
  }
}

/** Says in `answer` of which groups it does not show yet what the caller has written. */
export function markedLate(answer: Response, groupIds: readonly string[]): Response {
  if (groupIds.length > 0) answer.headers.set("stale-groups", groupIds.join(", "));
  return answer;
}

function behind(version: number | undefined): ProblemError {
  return new ProblemError({
    code: "projection-lag",
    detail: "The read model does not hold the requested version yet",
    ...(version === undefined ? {} : { version }),
  });
}
