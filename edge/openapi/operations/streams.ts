/** The API's document on streams, which the streamer serves and the edge passes on. */
import { problemExample, TEXT_EXAMPLES } from "../examples/mod.ts";
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
    anyQuery: true,
    query: ["group_ids", "since", "presence"],
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
    anyQuery: true,
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
    anyQuery: true,
    successes: disconnected,
    problems: ["malformed"],
  },
  "PUT /events/presence": {
    operationId: "tellPresence",
    tag: "Streams",
    summary: "Say what the caller does in a group, for streams of server-sent events",
    again: "Sent again it says the same.",
    description:
      "Counts for the caller's streams of server-sent events that take part in the presence of the group " +
      "(presence=1), at whichever streamer they are, and as long as they last. Where no streamer answers " +
      "within a second that it has one, it is a conflict, whether or not there is such a group: open such a " +
      "stream, and say it again. The streamers of a group pass on 40 times a second what people say; more is " +
      "rate-limited. A streamer that is out of reach meanwhile cannot be told from one that has " +
      'none. Over a WebSocket the message "presence" does the same for that connection alone.',
    security: "user",
    anyQuery: true,
    body: {
      schema: "PresenceReport",
      example: {
        group_id: "01937d5f-0000-7000-8000-000000000002",
        state: "editing",
        todo_id: "01937d5f-0000-7000-8000-000000000003",
      },
    },
    successes: { 204: { description: "A streamer that has such a stream knows it" } },
    problems: ["conflict", "rate-limited"],
  },
  "POST /api/v1/tickets": {
    operationId: "issueTicket",
    tag: "Streams",
    summary: "A ticket that opens one WebSocket, for clients that cannot send header fields",
    again: "Sent again it issues another ticket; one that nobody uses expires by itself.",
    description:
      "Good once, within 30 seconds, for /ws?ticket=…, as the caller and in the caller's session. " +
      "A ticket may stand in a URL, an access token may not. Clients that can send a first " +
      "message need none.",
    security: "user",
    anyQuery: true,
    successes: { 201: { description: "The ticket", schema: "Ticket" } },
    problems: ["malformed"],
  },
  "GET /ws": {
    operationId: "openWebSocket",
    tag: "Streams",
    summary: "The same streams over a WebSocket, with commands and presence on the way back",
    description:
      'The messages are described in /asyncapi.json. Without a ticket the first message is "auth" ' +
      "with an access token, within five seconds. Pages of other origins need to be on the list " +
      "of the installation.",
    security: "none",
    anyQuery: true,
    query: ["ticket"],
    successes: {
      101: { description: "The WebSocket (RFC 6455)" },
      426: {
        description: "The request asks for no WebSocket",
        schema: "Problem",
        content: "application/problem+json",
        example: {
          ...problemExample("malformed", {
            detail: "This address takes WebSockets only (RFC 6455)",
          }),
          status: 426,
        },
      },
    },
    problems: ["unauthenticated", "forbidden"],
  },
  "GET /sse/cluster-info": {
    operationId: "followCluster",
    tag: "Streams",
    summary: "Hosts, owners and lag once a second",
    description:
      "Server-sent events for whoever is signed in: what readPartitions answers, as cluster-info frames.",
    security: "user",
    anyQuery: true,
    successes: { 200: stream(TEXT_EXAMPLES.cluster) },
    problems: ["malformed"],
  },
};
