/**
 * The AsyncAPI 3 document: frames of the streams and messages on NATS, with the schemas of the OpenAPI
 * document. Pure.
 */
import { componentSchemas, type JsonSchema, reference } from "./_json_schema.ts";
import { ANSWER_SCHEMAS, EVENT_SCHEMAS, PART_SCHEMAS } from "./answer_schemas.ts";
import { PAYLOAD_SCHEMAS } from "./command_schemas.ts";
import { CHANNELS, OPERATIONS, TAGS } from "./asyncapi_channels.ts";
import { FRAMES, type Message, MESSAGES } from "./asyncapi_messages.ts";
import { SAID_BY_CLIENTS, SAID_BY_STREAMER } from "./asyncapi_sockets.ts";
import { MESSAGE_EXAMPLES, SOCKET_EXAMPLES } from "./examples/mod.ts";
import { INFO } from "./info.ts";
import { MESSAGE_SCHEMAS } from "./message_schemas.ts";

const SSE = "text/event-stream";
const JSON_TYPE = "application/json";

const FRAME_HEADERS: JsonSchema = {
  type: "object",
  properties: {
    id: { type: "string", description: "Cursor: where to resume after this frame" },
    retry: { type: "integer", description: "Milliseconds to wait before reconnecting" },
  },
};

/** The document. */
export function asyncApiDocument() {
  return {
    asyncapi: "3.0.0",
    info: {
      title: `${INFO.title}: streams and messages`,
      version: INFO.version,
      description:
        "Frames of server-sent events (WHATWG HTML, section 9.2) and messages on NATS. A " +
        "frame's message name is its `event` field, its payload the JSON in its one `data` line.",
      tags: Object.values(TAGS),
    },
    defaultContentType: JSON_TYPE,
    servers: {
      streams: {
        host: "localhost:8080",
        protocol: "http",
        title: "Edge or gateway",
        description:
          "Where /openapi.json is served too; requests are the operations of its tag Streams.",
      },
      nats: {
        host: "localhost:4222",
        protocol: "nats",
        title: "NATS",
        description:
          "Inside the cluster only: for the platform's own processes and services beside them.",
      },
    },
    channels: CHANNELS,
    operations: OPERATIONS,
    components: {
      messages: {
        ...messageObjects(FRAMES, { contentType: SSE, headers: FRAME_HEADERS }),
        ...messageObjects({ ...SAID_BY_CLIENTS, ...SAID_BY_STREAMER, ...MESSAGES }, {
          contentType: JSON_TYPE,
        }),
      },
      schemas: componentSchemas({
        ...MESSAGE_SCHEMAS,
        ...PAYLOAD_SCHEMAS,
        ...EVENT_SCHEMAS,
        ...PART_SCHEMAS,
        Event: ANSWER_SCHEMAS.Event,
        Problem: ANSWER_SCHEMAS.Problem,
        TodoWithComments: ANSWER_SCHEMAS.TodoWithComments,
        Group: ANSWER_SCHEMAS.Group,
        CommittedCommand: ANSWER_SCHEMAS.CommittedCommand,
        AcceptedCommand: ANSWER_SCHEMAS.AcceptedCommand,
        Todo: ANSWER_SCHEMAS.Todo,
        TodoChanges: ANSWER_SCHEMAS.TodoChanges,
        Cluster: ANSWER_SCHEMAS.Cluster,
      }),
    },
  };
}

function messageObjects(
  messages: Readonly<Record<string, Message>>,
  common: { readonly contentType: string; readonly headers?: JsonSchema },
) {
  return Object.fromEntries(
    Object.entries(messages).map(([key, { schema, ...words }]) => [key, {
      ...words,
      title: words.name,
      ...common,
      payload: schema ? reference(schema) : { type: "null", description: "None" },
      ...exampleOf(key),
    }]),
  );
}

function exampleOf(message: string): object {
  const example = MESSAGE_EXAMPLES[message] ?? SOCKET_EXAMPLES[message];
  return example ? { examples: [example] } : {};
}
