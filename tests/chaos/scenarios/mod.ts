/** All scenarios, in the order in which they run. */
import type { Scenario } from "../scenario.ts";
import { hostStrikes } from "./host_strikes.ts";

export const SCENARIOS: readonly Scenario[] = [hostStrikes];
