/** How many there must be so that what is left after a loss is enough. Pure. */

/**
 * The least number of equal things, spread evenly over `zones`, of which `need` are left when the largest
 * zone is lost, and when any one is: N + 1 at the least.
 */
export function spare(need: number, zones: number): number {
  let count = Math.max(1, Math.ceil(need)) + 1;
  while (count - Math.ceil(count / zones) < need) count++;
  return count;
}
