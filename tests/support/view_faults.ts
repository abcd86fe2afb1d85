/** Judges what is derived from the log against the log: streams and rows. Pure. */
import { canonical } from "../../actors/projection/testing/mod.ts";
import type { Delivery, Fault, LogEntry } from "./history.ts";

/** A stream brings every version after its snapshot once, in order, as the log has it. */
export function streamFaults(
  groupId: string,
  deliveries: readonly Delivery[],
  log: readonly LogEntry[] = [],
): Fault[] {
  const found: string[] = [];
  const stored = new Map<number, string>();
  for (const entry of log) {
    if (entry.groupId !== groupId) continue;
    for (const { sequence, id } of entry.events) stored.set(Number(sequence), id);
  }
  let version: number | undefined;
  for (const delivery of deliveries) {
    if (delivery.kind === "told") {
      found.push(`was told ${delivery.what}`);
    } else if (delivery.kind === "snapshot") {
      if (version !== undefined) found.push(`started over behind version ${version}`);
      version = delivery.version;
    } else {
      const after = version ?? 0;
      if (delivery.version <= after) found.push(`got version ${delivery.version} after ${after}`);
      if (delivery.version > after + 1) found.push(`misses versions after ${after}`);
      if ((stored.get(delivery.version) ?? delivery.id) !== delivery.id) {
        found.push(`got another version ${delivery.version} than the log has`);
      }
      version = delivery.version;
    }
  }
  return found.map((what) => ({ kind: "stream", what: `the stream of ${groupId} ${what}` }));
}

/** Rows of `table` by key are as the log explains them. */
export function rowFaults<T>(
  table: string,
  expected: ReadonlyMap<string, T>,
  actual: ReadonlyMap<string, T>,
): Fault[] {
  const found: string[] = [];
  for (const [key, row] of expected) {
    if (!actual.has(key)) found.push(`${key} is missing`);
    else if (canonical(actual.get(key)) !== canonical(row)) found.push(`${key} is another`);
  }
  for (const key of actual.keys()) if (!expected.has(key)) found.push(`${key} is unexplained`);
  return found.map((what) => ({ kind: "read model", what: `row of ${table}: ${what}` }));
}
