/** The stream of events that the tabs of a browser share, and how a page waits for its network. */
export type { Connection, Verdict } from "./connection.ts";
export { covers, judgeSnapshot } from "./cursors.ts";
export { openPageStream, type PageStream } from "./page_stream.ts";
export { pause } from "./pause.ts";
export type { FollowHandlers } from "./shared_stream.ts";
export type { SseFrame } from "./sse_parser.ts";
