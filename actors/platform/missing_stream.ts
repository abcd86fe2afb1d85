/** The error of a server that is asked about a stream that is not there: nobody has made it yet. */
import { JetStreamApiError } from "@nats-io/jetstream";

const STREAM_NOT_FOUND = 10059;

/** Whether `error` says that there is no such stream. */
export function isMissingStream(error: unknown): error is JetStreamApiError {
  return error instanceof JetStreamApiError && error.code === STREAM_NOT_FOUND;
}
