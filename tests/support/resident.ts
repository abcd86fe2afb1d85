/** Memory of processes and of the kernel, from `/proc` (Linux only). */

/** Bytes of process `pid` that are in memory. */
export function residentBytes(pid: number): number {
  return kibOf(Deno.readTextFileSync(`/proc/${pid}/status`), "VmRSS") * 1_024;
}

/** Bytes that the kernel has taken for its own structures, those of sockets among them. */
export function kernelBytes(): number {
  return kibOf(Deno.readTextFileSync("/proc/meminfo"), "Slab") * 1_024;
}

function kibOf(text: string, field: string): number {
  return Number(new RegExp(`^${field}:\\s+(\\d+)`, "m").exec(text)?.[1]);
}
