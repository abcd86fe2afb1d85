/** Strikes a host: kills or stops it, at a random moment or at a point in the life of a command. */
import { sleep } from "../support/eventually.ts";
import type { FaultPoint } from "./fault_points.ts";
import type { HostSlot } from "./hosts.ts";

/** How long to wait for a point; it may need what this host does not get to do. */
const PATIENCE_MS = 2_500;

export interface Blow {
  readonly signal: "SIGKILL" | "SIGSTOP";
  readonly point?: FaultPoint | undefined;
  /** How long a stopped host stands still. */
  readonly pauseMs: number;
}

export interface Struck {
  readonly atMs: number;
  /** Whether it was struck at its point; not when it was given none, or the point did not come. */
  readonly atPoint: boolean;
  /** When a stopped host went on again. */
  readonly resumed: Promise<void>;
}

/**
 * Strikes `host`, once `blow.point` is reached or it was waited for long enough. What it wrote before the
 * point has passed, the rest of a killed host is lost, that of a stopped one comes when it goes on.
 */
export async function strike(host: HostSlot, blow: Blow): Promise<Struck> {
  const { signal, point, pauseMs } = blow;
  const standing = Promise.withResolvers<void>();
  const resume = async () => {
    await sleep(pauseMs);
    host.signal("SIGCONT");
    standing.resolve();
  };
  const hit = (): Promise<"pass"> | "cut" => {
    host.signal(signal);
    return signal === "SIGKILL" ? "cut" : standing.promise.then(() => "pass" as const);
  };
  const atMs = await atPoint(host, point, hit);
  if (atMs === undefined) void hit();
  const resumed = signal === "SIGSTOP" ? resume() : Promise.resolve();
  return { atMs: atMs ?? performance.now(), atPoint: atMs !== undefined, resumed };
}

/** Calls `hit` at the point and says when that was; `undefined` when it was not reached. */
async function atPoint(
  host: HostSlot,
  point: FaultPoint | undefined,
  hit: () => Promise<"pass"> | "cut",
): Promise<number | undefined> {
  const { proxy } = host;
  if (!proxy || !point) return undefined;
  const reached = Promise.withResolvers<number | undefined>();
  const detector = point.detect();
  proxy.watch((direction, frame) => {
    if (!detector(direction, frame)) return "pass";
    proxy.watch(undefined);
    reached.resolve(performance.now());
    return hit();
  });
  const timer = setTimeout(() => reached.resolve(undefined), PATIENCE_MS);
  const atMs = await reached.promise;
  clearTimeout(timer);
  proxy.watch(undefined);
  return atMs;
}
