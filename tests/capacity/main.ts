/**
 * `deno task capacity [--set usersOnline=200000,…]`: prints the capacity plan and writes it to
 * `k8s/CAPACITY.md` and `k8s/million`; with other assumptions it only prints.
 */
import { parseArgs } from "node:util";
import { readFigures, valuesOf } from "../bench/costs.ts";
import { assumed, type AssumptionName, ASSUMPTIONS } from "./assumptions.ts";
import { planDocument } from "./document.ts";
import { planOverlay } from "./overlay.ts";
import { planFor } from "./plan.ts";
import { deployedSettings } from "./settings.ts";

const PAGE = new URL("../../k8s/CAPACITY.md", import.meta.url);
const OVERLAY = new URL("../../k8s/million/kustomization.yaml", import.meta.url);

const { values } = parseArgs({
  args: Deno.args,
  options: { set: { type: "string" } },
});
const changes = Object.fromEntries((values.set?.split(",") ?? []).map((change) => {
  const [name = "", value] = change.split("=");
  if (!Object.hasOwn(ASSUMPTIONS, name) || !Number.isFinite(Number(value))) {
    throw new TypeError(`Cannot set "${change}": it is no assumption and its number`);
  }
  return [name as AssumptionName, Number(value)];
}));
const inputs = {
  assumed: assumed(changes),
  figures: await readFigures(),
  settings: deployedSettings(),
};
const text = planDocument(inputs);
const overlay = planOverlay(planFor(inputs.assumed, valuesOf(inputs.figures), inputs.settings));
console.log(text);
if (Object.keys(changes).length === 0) {
  await Deno.writeTextFile(PAGE, text);
  await Deno.writeTextFile(OVERLAY, overlay);
}
