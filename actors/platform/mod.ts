/**
 * Adapters to the outside: NATS, stream declarations, Postgres, configuration, logs, metrics, health.
 * Knows nothing of groups, todos or commands; every process is built on it.
 */
export * from "./answer_requests.ts";
export * from "./batch_reader.ts";
export * from "./bounded_jetstream.ts";
export * from "./client_address.ts";
export * from "./config.ts";
export * from "./dead_letter_box.ts";
export { recordDeadLetter, type Undeliverable } from "./dead_letters.ts";
export * from "./durable_consumer.ts";
export * from "./expected_sequence.ts";
export * from "./expiring_set.ts";
export { type Link, watchLink } from "./link.ts";
export { LineWriter } from "./line_writer.ts";
export * from "./log.ts";
export * from "./metrics.ts";
export { isMissingStream } from "./missing_stream.ts";
export * from "./nats.ts";
export * from "./operations.ts";
export * from "./ordered_reader.ts";
export * from "./outbox.ts";
export * from "./pause.ts";
export * from "./postgres.ts";
export * from "./rate_limit.ts";
export * from "./redelivery.ts";
export * from "./request_target.ts";
export * from "./requests.ts";
export { learnSessionEnds, type SessionEndsOptions } from "./session_ends.ts";
export * from "./shutdown.ts";
export * from "./stream_reader.ts";
export * from "./streams.ts";
export * from "./text_files.ts";
export * from "./web_socket.ts";
