/** W3C trace context (`traceparent`, version 00). */
const SAMPLED = /^00-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f][13579bdf]$/;

/** Whether somebody records the trace: what happens in one that nobody records need not name it. */
export function isSampled(traceparent: string): boolean {
  return SAMPLED.test(traceparent);
}
