/** The arguments of the process that does one job. Pure. */
import type { JobKind } from "../jobs/mod.ts";

export type Wanted =
  | { readonly kind: JobKind; readonly groupId?: string }
  | { readonly problem: string };

const USAGE = "use: rebuild | check [--group ID]";
const ID = /^[A-Za-z0-9_-]{1,64}$/;

/** What `args` ask for, or why that cannot be. */
export function parseArguments(args: readonly string[]): Wanted {
  const [kind, ...rest] = args.flatMap((arg) => arg.startsWith("--") ? arg.split("=") : [arg]);
  if (kind !== "rebuild" && kind !== "check") {
    return { problem: `"${kind ?? ""}" is no job; ${USAGE}` };
  }
  if (rest.length === 0) return { kind };
  const [option, groupId = "", ...more] = rest;
  if (kind !== "check" || option !== "--group" || more.length > 0) {
    return { problem: `"${rest.join(" ")}" is not understood; ${USAGE}` };
  }
  return ID.test(groupId) ? { kind, groupId } : { problem: `"${groupId}" is no group's id` };
}
