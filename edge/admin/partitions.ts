/**
 * `GET /api/v1/admin/partitions`: hosts, who owns which block of partitions, how far each is, and the
 * streams. The edge listens to the hosts' reports from the first request on, not before.
 */
import type { ClusterInfo } from "../../actors/cluster/mod.ts";
import { PARTITIONS } from "../../actors/protocol/routing/mod.ts";
import { type EdgeContext, malformed } from "../http/mod.ts";
import type { OperatorRoute } from "./operator.ts";

const HOST = { parameter: "host" };

export interface PartitionDeps {
  /** Looks at the cluster. */
  readonly look: () => Promise<ClusterInfo>;
}

export function partitionRoutes({ look }: PartitionDeps): OperatorRoute[] {
  return [{
    method: "GET",
    path: "/api/v1/admin/partitions",
    handle: async (context) => {
      const wanted = queryOf(context);
      const info = await look();
      return Response.json({ ...info, blocks: info.blocks.filter(wanted) });
    },
  }];
}

type Block = ClusterInfo["blocks"][number];

/** Which blocks the query asks for: all, that of one partition, those of one host. */
function queryOf(context: EdgeContext): (block: Block) => boolean {
  const { partition, host } = context.req.query();
  if (host === "") throw malformed("host is empty: give it a value, or leave it out", HOST);
  const number = partition === undefined ? undefined : Number(partition);
  if (number !== undefined && (!/^\d{1,4}$/.test(partition ?? "") || number >= PARTITIONS)) {
    throw malformed(`partition must be a whole number below ${PARTITIONS}`, {
      parameter: "partition",
    });
  }
  return ({ partitions: [first, last], owners }) =>
    (number === undefined || (first <= number && number <= last)) &&
    (host === undefined || owners.includes(host));
}
