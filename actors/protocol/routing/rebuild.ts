/**
 * What operators ask of projectors: to make the rows of a group anew from its log. Request and reply over
 * core NATS, outside every stream.
 */

/** What is asked for on {@link rebuildSubject}: `group_id`'s rows made anew, `sequence` of the log included. */
export interface RebuildRequest {
  readonly group_id: string;
  readonly sequence: number;
}

/** The answer: the group's version in the read model, or why its rows are as they were. */
export type RebuildReply =
  | { readonly version: number }
  | { readonly refused: string; readonly retryable: boolean };

/** Core subject of requests to the projector of log stream `stream`. */
export function rebuildSubject(stream: string): string {
  return `svc.projection.rebuild.${stream}`;
}
