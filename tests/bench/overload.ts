/**
 * What happens when twice as many commands come as can be served, for a minute, and after it: the whole path
 * on this machine, with the load on the same processors. Prints the peak, what was committed and what was
 * refused, and how long after the overload everything was as before; ends with 1 when a limit is broken.
 *
 * `deno task bench:overload [--seconds 60] [--warm-up 20] [--factor 2] [--groups 64] [--url http://…]`;
 * without `--url` it starts a throw-away stack.
 */
import { parseArgs } from "node:util";
import { closedLoop, enrol, quantile } from "./_command_load.ts";
import { openLoop, type Second, type Wanted } from "./_open_loop.ts";
import { withTarget } from "./_target.ts";

const CALLERS = 64;
const PEAK_SECONDS = 10;
/** The share of the peak that is light load, before and after. */
const LIGHT = 0.4;
const LIGHT_SECONDS = 10;
const AFTER_SECONDS = 40;
/** Limits: of the peak, under overload; of the time to be well again; what well means. */
const GOODPUT_SHARE = 0.8;
const WELL_WITHIN_SECONDS = 30;
const WELL_P99_MS = 500;
const WELL_FOR_SECONDS = 5;

const { values } = parseArgs({
  args: Deno.args,
  options: {
    seconds: { type: "string", default: "60" },
    "warm-up": { type: "string", default: "20" },
    factor: { type: "string", default: "2" },
    groups: { type: "string", default: "64" },
    url: { type: "string" },
  },
});

/** What it came to over `seconds`. */
function summary(seconds: readonly Second[]) {
  const done = seconds.flatMap((second) => second.done).sort((a, b) => a - b);
  const others = new Map<string, number>();
  for (const second of seconds) {
    for (const [what, times] of second.others) others.set(what, (others.get(what) ?? 0) + times);
  }
  const sum = (of: (second: Second) => number) => seconds.reduce((all, each) => all + of(each), 0);
  return {
    offered: sum(({ offered }) => offered) / seconds.length,
    goodput: done.length / seconds.length,
    shed: sum(({ shed }) => shed) / seconds.length,
    longestShedMs: Math.max(...seconds.map(({ longestShedMs }) => longestShedMs)),
    p50: quantile(done, 0.5),
    p99: quantile(done, 0.99),
    others,
  };
}

function show(what: string, seconds: readonly Second[]): ReturnType<typeof summary> {
  const all = summary(seconds);
  const { offered, goodput, shed, longestShedMs, p50, p99, others } = all;
  console.log(
    `${what}: offered ${offered.toFixed(0)}/s, committed ${goodput.toFixed(0)}/s ` +
      `(p50 ${p50.toFixed(0)} ms, p99 ${p99.toFixed(0)} ms), refused ${shed.toFixed(0)}/s ` +
      `(within ${longestShedMs.toFixed(0)} ms)`,
  );
  for (const [other, times] of others) console.log(`    ${other}: ${times}`);
  return all;
}

/** Whether nothing was refused or failed in `second`, and all of it was quick. */
function isWell({ offered, done }: Second): boolean {
  return done.length === offered && quantile(done.toSorted((a, b) => a - b), 0.99) <= WELL_P99_MS;
}

/** The second from which on all was well for a while; `undefined` when it never was. */
function wellFrom(seconds: readonly Second[]): number | undefined {
  const from = seconds.findIndex((_, i) =>
    i + WELL_FOR_SECONDS <= seconds.length && seconds.slice(i, i + WELL_FOR_SECONDS).every(isWell)
  );
  return from < 0 ? undefined : from;
}

await withTarget(values.url, async (url) => {
  const callers = await enrol(url, { callers: CALLERS, groups: Number(values.groups) });
  let turn = 0;
  const next = (): Wanted => {
    const caller = callers[turn++ % callers.length];
    if (!caller) throw new Error("There are no callers");
    const { token, groupId } = caller;
    // Nothing that depends on what was sent before: it may have been refused.
    const body = { type: "todo.create", group_id: groupId, payload: { title: "Measure it" } };
    return { token, body, isDone: ({ status }) => status === 201 };
  };
  await closedLoop(callers, Number(values["warm-up"]));
  const peak = (await closedLoop(callers, PEAK_SECONDS)).length / PEAK_SECONDS;
  for (const { client } of callers) client[Symbol.dispose]();
  console.log(`Peak: ${peak.toFixed(0)} commands/s from ${CALLERS} callers`);

  const light = Math.round(peak * LIGHT);
  show("Before", await openLoop(url, { perSecond: light, seconds: LIGHT_SECONDS, next }));
  const perSecond = Math.round(peak * Number(values.factor));
  const seconds = Number(values.seconds);
  const { goodput } = show("Overload", await openLoop(url, { perSecond, seconds, next }));
  const after = await openLoop(url, { perSecond: light, seconds: AFTER_SECONDS, next });
  show("After", after);
  const well = wellFrom(after);
  console.log(`Well again after ${well ?? `more than ${AFTER_SECONDS}`} s`);
  console.log(`Goodput: ${(100 * goodput / peak).toFixed(0)} % of the peak`);
  const isFine = goodput >= GOODPUT_SHARE * peak && well !== undefined &&
    well <= WELL_WITHIN_SECONDS;
  if (!isFine) Deno.exitCode = 1;
});
