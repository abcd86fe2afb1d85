/** The API's document on streams, which the streamer serves and the edge passes on. */
import type { Operations, Success } from "../operation.ts";

const stream: Success = {
  description:
    "The stream, open until either side ends it; its frames are described in /asyncapi.json",
  content: "text/event-stream",
};
const disconnected = { 204: { description: "All streams of the caller are ended" } };

export const STREAMS: Operations = {
  "GET /events": {
    operationId: "followGroups",
    tag: "Streams",
    summary: "Everything that happens in groups, as it happens",
    description:
      "Server-sent events. Without a cursor the stream begins with a snapshot of each group.",
    security: "user",
    query: ["group_ids", "since"],
    requestHeaders: ["Last-Event-ID"],
    successes: { 200: stream },
    problems: ["malformed", "validation", "not-found", "rate-limited"],
  },
  "GET /events/disconnect": {
    operationId: "endStreamsByGet",
    tag: "Streams",
    summary: "End all streams of the caller, for clients that can only GET",
    security: "user",
    successes: disconnected,
    problems: ["malformed"],
  },
  "DELETE /events/disconnect": {
    operationId: "endStreams",
    tag: "Streams",
    summary: "End all streams of the caller",
    security: "user",
    successes: disconnected,
    problems: ["malformed"],
  },
  "GET /sse/cluster-info": {
    operationId: "followCluster",
    tag: "Streams",
    summary: "Hosts, owners and lag once a second",
    security: "user",
    successes: { 200: stream },
    problems: ["malformed"],
  },
};
