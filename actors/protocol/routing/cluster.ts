/**
 * What group hosts say of themselves and of each other's presence. Core NATS, several times a second and
 * never stored: a host that is not heard of for a while is taken for dead, and being wrong about that
 * costs time, never correctness.
 */
import * as v from "valibot";

/** Each host publishes its reports on the subject of its id under this prefix. */
export const HOST_REPORTS = "svc.host.report";
/** A message here asks every host for a report at once. */
export const HOST_ROLL_CALL = "svc.host.roll_call";

/** What one host says of one block it owns. */
export interface BlockReport {
  readonly block: number;
  /** Mailbox sequence up to which every command of the block has a durable outcome. */
  readonly cursor: number;
  /** Commands taken and not finished. */
  readonly pending: number;
}

/** A host's report. */
export interface HostReport {
  /** New for each start of the process. */
  readonly host_id: string;
  /** What an operator calls it; not unique. */
  readonly name: string;
  /** RFC 3339 UTC. */
  readonly started_at: string;
  /** Which code decides: hosts of different numbers must not decide the same group. */
  readonly code_version: string;
  /** It gives its blocks away and takes no more. */
  readonly draining: boolean;
  readonly blocks: readonly BlockReport[];
  readonly resident_actors: number;
  /** Estimated bytes of the resident actors. */
  readonly actor_bytes: number;
  /** Commands decided since the process started. */
  readonly commands: number;
  /** Blocks taken over since the process started, from dead owners and from living ones. */
  readonly takeovers: { readonly dead: number; readonly handed: number };
}

/** The subject of a host's reports. */
export function hostReportSubject(hostId: string): string {
  return `${HOST_REPORTS}.${hostId}`;
}

const count = v.pipe(v.number(), v.safeInteger(), v.minValue(0));

const HostReportShape: v.GenericSchema<unknown, HostReport> = v.object({
  host_id: v.string(),
  name: v.string(),
  started_at: v.string(),
  code_version: v.string(),
  draining: v.boolean(),
  blocks: v.array(v.object({ block: count, cursor: count, pending: count })),
  resident_actors: count,
  actor_bytes: count,
  commands: count,
  takeovers: v.object({ dead: count, handed: count }),
});

/** Reads a report; `undefined` when `data` is none. */
export function parseHostReport(data: Uint8Array): HostReport | undefined {
  try {
    const result = v.safeParse(HostReportShape, JSON.parse(new TextDecoder().decode(data)));
    return result.success ? result.output : undefined;
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}
