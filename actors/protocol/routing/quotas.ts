/** Where edges tell each other what they have taken out of quotas. */

/** Core subject; nobody stores it. */
export const QUOTA_SUBJECT = "svc.quotas";

/** A number for a key of a quota. */
export type QuotaCount = readonly [quota: string, key: string, count: number];

/** What one edge tells of quotas. */
export interface QuotaNotice {
  /** Names the edge process, which need not listen to itself. */
  readonly from: string;
  /** By quota and key: how many requests, or failures, there were since it last told. */
  readonly taken: readonly QuotaCount[];
  /** By quota and key: how many attempts it is checking now, where that has changed. */
  readonly pending?: readonly QuotaCount[];
}

/** Core subject at which an edge that starts asks how much of quotas is used up; one of the others answers. */
export const QUOTA_RECALL = "svc.quotas.recall";

/** A part of the answer; there is one that is the last. */
export interface QuotaState {
  /** By quota and key: how much is used up, and how many milliseconds its next attempt has to wait. */
  readonly used: readonly (readonly [quota: string, key: string, count: number, waitMs: number])[];
  readonly last: boolean;
}
