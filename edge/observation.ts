/** What is known of requests from the first one on, before anything is reached: metrics, and the log of requests. */
import { createMetrics, LineWriter, logger, type Metrics } from "../actors/platform/mod.ts";
import { Telemetry } from "./http/mod.ts";

export interface Observation {
  readonly metrics: Metrics;
  readonly telemetry: Telemetry;
  /** Takes a line of every request, where that is wanted. */
  readonly requests: LineWriter | undefined;
}

/** Begins to observe; its counts begin at nothing. */
export function observe({ logRequests }: { readonly logRequests: boolean }): Observation {
  const metrics = createMetrics("edge");
  const requests = logRequests ? new LineWriter(writeToStandardError) : undefined;
  return { metrics, requests, telemetry: new Telemetry(metrics, logger("edge"), requests) };
}

async function writeToStandardError(bytes: Uint8Array): Promise<void> {
  for (let written = 0; written < bytes.length;) {
    written += await Deno.stderr.write(bytes.subarray(written));
  }
}
