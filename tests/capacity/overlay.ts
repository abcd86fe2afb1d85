/** The plan as a kustomization on top of `k8s/base`. Pure: text of what it is given. */
import type { Plan } from "./plan.ts";

/** Text of `k8s/million/kustomization.yaml`. */
export function planOverlay(plan: Plan): string {
  const replicas = [
    ["edge", plan.edge.pods],
    ["streamer", plan.streamer.pods],
    ["group-host", plan.host.pods],
  ].map(([name, count]) => `  - { name: ${name}, count: ${count} }`);
  const shards = ["group-host", "streamer", "projector"].map((name) =>
    [
      `  - name: ${name}`,
      `    behavior: merge`,
      `    literals: [STREAM_SHARDS=${plan.shards}]`,
    ].join("\n")
  );
  return [
    "# Written by `deno task capacity`: what k8s/CAPACITY.md counts, on top of the base. Not in it: the NATS cluster",
    `# of ${plan.nats.pods} servers with three copies, which base/nats.yaml says how to make, and Postgres. For a new`,
    "# installation: streams that exist are not cut anew.",
    "apiVersion: kustomize.config.k8s.io/v1beta1",
    "kind: Kustomization",
    "namespace: todo-1m",
    "resources:",
    "  - ../base",
    "replicas:",
    ...replicas,
    "configMapGenerator:",
    ...shards,
    "",
  ].join("\n");
}
