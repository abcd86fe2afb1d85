/**
 * Ownership: which hosts live, who owns which block, and what to take and to give away. The rules are pure;
 * `Owner` acts on them.
 */
export { Membership, type Presence, REPORT_EVERY_MS } from "./membership.ts";
export { createdOf, Owner } from "./owner.ts";
export { decideMoves, type Take } from "./ownership.ts";
export { placeAll } from "./placement.ts";
