/**
 * Walks the log of a group as NATS has stored it and checks its chain, for as long as one request may take;
 * the next request goes on where it ended. What the read model knows of the group is a second witness: it
 * saw the messages when they were new.
 */
import type { StoredMessage } from "../../actors/platform/mod.ts";
import { hashOf, headers } from "../../actors/protocol/routing/mod.ts";
import { CHAIN_START, type ChainFault, type ChainHead, followChain } from "./chain.ts";
import type { GroupLog } from "./group_log.ts";
import type { Projected } from "./projected.ts";

/** Where a walk stands. */
export interface Walked {
  readonly head: ChainHead;
  readonly commits: number;
}

export const NOT_WALKED: Walked = { head: CHAIN_START, commits: 0 };

export interface Verification extends Walked {
  readonly fault: ChainFault | undefined;
  /** Whether the walk came to the end of the log. */
  readonly complete: boolean;
}

/**
 * Goes on with the walk that stands at `from`, until the log ends, the chain breaks or `untilMs` on the clock
 * of `performance` has passed.
 *
 * @param projected what the read model held before the call: the log holds at least that
 * @throws {Error} when the log cannot be read
 */
export async function verifyLog(
  log: GroupLog,
  group: { readonly groupId: string; readonly projected: Projected; readonly from: Walked },
  untilMs: number,
): Promise<Verification> {
  const { groupId, projected, from } = group;
  const { last, pages } = await log.open(groupId);
  const start = from.head;
  if (start.sequence > (last?.sequence ?? 0)) {
    return { ...from, complete: false, fault: truncated(start, last, start) };
  }
  if (last && start.sequence === last.sequence && hashOf(last.data) !== start.hash) {
    return { ...from, complete: false, fault: changed(start, hashOf(last.data)) };
  }
  let { head, commits } = from;
  for await (const page of pages(start.sequence)) {
    for (const message of page) {
      const link = linkOf(message);
      const followed = followChain(groupId, head, link);
      const fault = "fault" in followed
        ? followed.fault
        : head.version < projected.version && projected.sequence === link.sequence &&
            projected.hash !== undefined && projected.hash !== link.hash
        ? changed({ ...projected, hash: projected.hash }, link.hash)
        : undefined;
      if (fault || "fault" in followed) return { head, commits, complete: false, fault };
      head = followed.head;
      commits++;
    }
    const isLast = head.sequence >= (last?.sequence ?? 0);
    if (!isLast && performance.now() > untilMs) {
      return { head, commits, complete: false, fault: undefined };
    }
  }
  const fault = head.version < projected.version ? truncated(head, last, projected) : undefined;
  return { head, commits, complete: fault === undefined, fault };
}

function linkOf({ sequence, data, headers: stored }: StoredMessage) {
  const previousHash = stored?.get(headers.PREVIOUS_HASH) ?? "";
  return { sequence, previousHash, data, hash: hashOf(data) };
}

/** The log ends before `known`, which it once held. */
function truncated(
  head: ChainHead,
  last: StoredMessage | undefined,
  known: { readonly version: number; readonly sequence: number },
): ChainFault {
  return {
    kind: "truncated",
    sequence: known.sequence,
    version: head.version === known.version ? known.version : head.version + 1,
    expected: `version ${known.version} at sequence ${known.sequence}`,
    found: `the log ends at sequence ${last?.sequence ?? 0}`,
  };
}

/** The message is not the one that was there before. */
function changed({ version, sequence, hash }: ChainHead, found: string): ChainFault {
  return { kind: "head", sequence, version, expected: hash, found };
}
