/**
 * The fold of a group: its state and what each event does to it. Pure, without packages; the same in
 * the host, the streamer and the browser.
 */
export { evolve } from "./evolve.ts";
export { type Ledger, type LedgerEntry, ledgerEntry } from "../../kind/mod.ts";
export type { PersistentMap } from "../../kind/mod.ts";
export {
  fromPublicSnapshot,
  fromSnapshot,
  type PublicSnapshot,
  publicSnapshot,
  type Snapshot,
  toSnapshot,
} from "./snapshot.ts";
export * from "./state.ts";
