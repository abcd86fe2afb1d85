/**
 * What one pod of each kind has at hand, as the manifests say; a structure test compares. A process of Deno
 * decides on one thread, so a second processor is for collecting garbage and the like.
 */

/** One kind of pod. */
export interface Pod {
  readonly memoryMiB: number;
  /** Processors that a pod of this kind can put to its main work. */
  readonly cores: number;
}

export const PODS = {
  edge: { memoryMiB: 1_024, cores: 1 },
  streamer: { memoryMiB: 2_048, cores: 1 },
  "group-host": { memoryMiB: 2_048, cores: 1 },
  projector: { memoryMiB: 1_024, cores: 1 },
} as const satisfies Record<string, Pod>;

/** Connections to Postgres that each edge opens at most (`DATABASE_CONNECTIONS`). */
export const EDGE_CONNECTIONS = 10;
/** What a host may fill with actors (`HOST_ACTOR_BYTES`). */
export const HOST_ACTOR_MIB = 768;
