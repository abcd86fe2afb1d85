/**
 * What a kind of actor consists of, and what most kinds are made with: the ledger of accepted commands and
 * persistent maps. Pure, without packages; `actors/README.md` tells how to add a kind.
 */
export * from "./kind.ts";
export * from "./ledger.ts";
export * from "./persistent_map.ts";
export { settledById } from "./settled.ts";
