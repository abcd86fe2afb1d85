/** Quotas over several edges. */
export { SharedQuotas } from "./shared_quotas.ts";
