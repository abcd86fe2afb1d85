/**
 * `deno task test:floor`: runs the edge on the oldest Deno it has to run on, with NATS over WebSocket,
 * against a stack on the present Deno, and goes through what the edge is for. Ends with the line
 * `N passed, N failed`; ends with 1 when a flow fails or the older Deno cannot be had.
 */
import { olderDeno, runTask } from "../../dev/mod.ts";
import { type Flow, FLOWS } from "./flows.ts";
import { type Site, withSite } from "./site.ts";

const FLOW_MS = 60_000;
const SHOWN_CHARS = 2_000;

await runTask(main);

async function main(): Promise<number> {
  const started = performance.now();
  const deno = await olderDeno();
  let failed = 0;
  await withSite(deno, async (site) => {
    for (const flow of FLOWS) if (!await passes(flow, site)) failed++;
  });
  console.log(`\nAll of it took ${Math.round((performance.now() - started) / 1_000)} s`);
  console.log(`${FLOWS.length - failed} passed, ${failed} failed`);
  return failed === 0 ? 0 : 1;
}

async function passes(flow: Flow, site: Site): Promise<boolean> {
  const started = performance.now();
  const took = () => `(${Math.round(performance.now() - started)} ms)`;
  const late = Promise.withResolvers<never>();
  const timer = setTimeout(() => late.reject(new Error("It took too long")), FLOW_MS);
  try {
    await Promise.race([flow.run(site), late.promise]);
    console.log(`✓ ${flow.name} ${took()}`);
    return true;
  } catch (error) {
    console.error(`✗ ${flow.name} ${took()}`);
    console.error(error);
    console.error(`The edge's last words:\n${site.edge.log().slice(-SHOWN_CHARS)}`);
    return false;
  } finally {
    clearTimeout(timer);
  }
}
