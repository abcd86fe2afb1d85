/** Which assumption, and which cost, moves the plan most: each is doubled alone. Pure. */
import { type Assumed, assumed as assume, type AssumptionName } from "./assumptions.ts";
import type { CostName, Costs } from "../bench/costs.ts";
import { type Plan, planFor, type PlanSettings } from "./plan.ts";

/** What doubling one input does to what is asked of everything together. */
export interface Sensitivity {
  readonly name: AssumptionName | CostName;
  readonly coresTimes: number;
  readonly memoryTimes: number;
  readonly podsTimes: number;
}

/** Shares of a whole, which cannot be doubled, are halved instead. */
const SHARES: readonly AssumptionName[] = [
  "processorShare",
  "memoryShare",
  "natsMemoryShare",
  "readHitShare",
  "onlineShareOfDay",
  "actorsPerWatchedGroup",
];
/** What is no matter of degree, or is only for what the plan does not add up. */
const LEFT_OUT: readonly AssumptionName[] = ["zones", "copies"];

/** Every input, the one that moves the number of pods most first, then cores. */
export function sensitivities(costs: Costs, settings: PlanSettings): Sensitivity[] {
  const usual = assume();
  const base = planFor(usual, costs, settings);
  const names = Object.keys(usual) as AssumptionName[];
  const byAssumption = names.filter((name) => !LEFT_OUT.includes(name)).flatMap((name) => {
    const factor = SHARES.includes(name) ? 0.5 : 2;
    const changed: Assumed = { ...usual, [name]: usual[name] * factor };
    return compare(name, base, () => planFor(changed, costs, settings));
  });
  const byCost = (Object.keys(costs) as CostName[]).flatMap((name) =>
    compare(name, base, () => planFor(usual, { ...costs, [name]: costs[name] * 2 }, settings))
  );
  const weight = ({ podsTimes, coresTimes }: Sensitivity) =>
    Math.abs(Math.log(podsTimes)) + Math.abs(Math.log(coresTimes));
  return [...byAssumption, ...byCost].toSorted((a, b) => weight(b) - weight(a));
}

function compare(name: Sensitivity["name"], base: Plan, plan: () => Plan): Sensitivity[] {
  let totals: Plan["totals"];
  try {
    totals = plan().totals;
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    // No number of hosts is enough.
    totals = { cores: Infinity, memoryGiB: Infinity, pods: Infinity };
  }
  return [{
    name,
    coresTimes: totals.cores / base.totals.cores,
    memoryTimes: totals.memoryGiB / base.totals.memoryGiB,
    podsTimes: totals.pods / base.totals.pods,
  }];
}
