/** The capacity plan: what is assumed, what is measured, and what follows for an installation. */
export * from "./assumptions.ts";
export * from "./watchers.ts";
export { loadOf } from "./load.ts";
export { type Part, type Plan, planFor, type PlanSettings } from "./plan.ts";
export { EDGE_CONNECTIONS, HOST_ACTOR_MIB, PODS } from "./pods.ts";
export { spare } from "./redundancy.ts";
export { deployedSettings } from "./settings.ts";
export { planDocument } from "./document.ts";
export { planOverlay } from "./overlay.ts";
