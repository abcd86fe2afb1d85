/**
 * The fold of a group: its state and what each event does to it, and who set what. Pure, without packages;
 * the same in the host, the streamer, the edge and the browser.
 */
export { type Act, blame, type BlamedEvent, type FieldBlame, type TodoBlame } from "./blame.ts";
export * from "./columns.ts";
export { evolve, evolveReading } from "./evolve.ts";
export { type Ledger, type LedgerEntry, ledgerEntry } from "../../kind/mod.ts";
export type { PersistentMap } from "../../kind/mod.ts";
export { same } from "./same.ts";
export {
  fromPublicSnapshot,
  fromSnapshot,
  type PublicSnapshot,
  publicSnapshot,
  type Snapshot,
  toSnapshot,
} from "./snapshot.ts";
export * from "./state.ts";
