/** Where edges tell each other what they have taken out of quotas. */

/** Core subject; nobody stores it. */
export const QUOTA_SUBJECT = "svc.quotas";

/** What one edge took out of quotas since it last told. */
export interface QuotaNotice {
  /** Names the edge process, which need not listen to itself. */
  readonly from: string;
  /** By quota and key: how many requests. */
  readonly taken: readonly (readonly [quota: string, key: string, count: number])[];
}
