/** The API's document on streams, which the streamer serves and the edge passes on. */
import { TEXT_EXAMPLES } from "../examples/mod.ts";
import type { Operations, Success } from "../operation.ts";

function stream(example: string): Success {
  return {
    description:
      "The stream, open until either side ends it; its frames are described in /asyncapi.json",
    content: "text/event-stream",
    example,
  };
}
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
    successes: { 200: stream(TEXT_EXAMPLES.stream) },
    problems: ["malformed", "validation", "not-found", "rate-limited"],
  },
  "GET /events/disconnect": {
    operationId: "endStreamsByGet",
    tag: "Streams",
    summary: "End all streams of the caller, for clients that can only GET",
    description: "The same as endStreams. Streams end with a bye that tells readers to stop.",
    security: "user",
    successes: disconnected,
    problems: ["malformed"],
  },
  "DELETE /events/disconnect": {
    operationId: "endStreams",
    tag: "Streams",
    summary: "End all streams of the caller",
    description:
      "On all streamers and in all sessions of the caller. Streams end with a bye that tells readers to stop; the tokens stay good.",
    security: "user",
    successes: disconnected,
    problems: ["malformed"],
  },
  "GET /sse/cluster-info": {
    operationId: "followCluster",
    tag: "Streams",
    summary: "Hosts, owners and lag once a second",
    description:
      "Server-sent events for whoever is signed in: what readPartitions answers, as cluster-info frames.",
    security: "user",
    successes: { 200: stream(TEXT_EXAMPLES.cluster) },
    problems: ["malformed"],
  },
};
