/**
 * Processor time of the stack's processes, from `/proc` (Linux only): what a command costs in each
 * process is a steadier figure than its rate, which depends on what else the machine does.
 */
const TICK_MS = 10;

/**
 * Processor time in milliseconds that each of `processes` has used so far, with that of its children
 * which are not listed themselves.
 */
export function cpuTimes(
  processes: readonly { readonly name: string; readonly pid: number }[],
): Map<string, number> {
  const usage = new Map<number, { parent: number; ms: number }>();
  if (Deno.build.os !== "linux") return new Map();
  for (const entry of Deno.readDirSync("/proc")) {
    const pid = Number(entry.name);
    if (Number.isInteger(pid)) {
      const stat = readStat(pid);
      if (stat) usage.set(pid, stat);
    }
  }
  const listed = new Set(processes.map(({ pid }) => pid));
  return new Map(processes.map(({ name, pid }) => {
    let total = usage.get(pid)?.ms ?? 0;
    for (const [child, { parent, ms }] of usage) {
      if (parent === pid && !listed.has(child)) total += ms;
    }
    return [name, total];
  }));
}

function readStat(pid: number): { parent: number; ms: number } | undefined {
  let text: string;
  try {
    text = Deno.readTextFileSync(`/proc/${pid}/stat`);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    // A process can end between being listed and being read (ESRCH).
    if (error instanceof Error && error.message.includes("No such process")) return undefined;
    throw error;
  }
  // proc(5): after the name in parentheses come state, ppid, …; utime and stime are fields 14 and 15.
  const fields = text.slice(text.lastIndexOf(")") + 2).split(" ");
  return { parent: Number(fields[1]), ms: (Number(fields[11]) + Number(fields[12])) * TICK_MS };
}
