/** Rebuilding the whole read model from the log while it is in use. */
export {
  type ReadModelRebuildOptions,
  type RebuildPoint,
  rebuildReadModel,
  type RebuildResult,
} from "./rebuild.ts";
