/** What pages do by themselves, and when: trying again, coming back to a stream, replacing a token. Pure. */
export { backoffMs } from "./backoff.ts";
export { reconnectAfter, SILENCE_MS } from "./reconnect.ts";
export { isFresh, refreshInMs } from "./token_times.ts";
