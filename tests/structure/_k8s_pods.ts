/**
 * What every pod must be, whatever it runs: Pod Security "restricted", pinned images, limits, and no
 * access to the cluster. One fault is one sentence that names the workload.
 */
import { at, type Installation, items, text, type Workload } from "./_k8s_manifests.ts";

/** Everything that is wrong with the pods of an installation. */
export function podFaults({ workloads, manifests }: Installation): string[] {
  const namespace = manifests.find(({ kind }) => kind === "Namespace");
  const enforced = at(
    namespace?.body,
    "metadata",
    "labels",
    "pod-security.kubernetes.io/enforce",
  );
  return [
    ...enforced === "restricted" ? [] : ["the namespace does not enforce restricted pods"],
    ...workloads.flatMap((workload) =>
      [...faultsOfPod(workload), ...workload.containers.flatMap(faultsOfContainer)]
        .map((fault) => `${workload.name}: ${fault}`)
    ),
  ];
}

function faultsOfPod({ pod }: Workload): string[] {
  const faults: string[] = [];
  const need = (isMet: boolean, fault: string) => void (isMet || faults.push(fault));
  const security = at(pod, "securityContext");
  need(at(security, "runAsNonRoot") === true, "may run as root");
  need(Number(at(security, "runAsUser") ?? 0) > 0, "names no user other than root");
  need(at(security, "seccompProfile", "type") === "RuntimeDefault", "has no seccomp profile");
  need(at(pod, "automountServiceAccountToken") === false, "gets a service account's token");
  need(at(pod, "enableServiceLinks") === false, "gets other services' addresses as settings");
  for (const key of ["hostNetwork", "hostPID", "hostIPC"]) {
    need(at(pod, key) === undefined, `shares the node's ${key.slice(4)}`);
  }
  for (const volume of items(pod, "volumes")) {
    const kind = Object.keys(volume as object).find((key) => key !== "name") ?? "";
    need(["configMap", "secret", "emptyDir"].includes(kind), `mounts a volume of kind ${kind}`);
  }
  return faults;
}

function faultsOfContainer(container: unknown): string[] {
  const faults: string[] = [];
  const need = (isMet: boolean, fault: string) => void (isMet || faults.push(fault));
  const security = at(container, "securityContext");
  need(at(security, "allowPrivilegeEscalation") === false, "may gain privileges");
  need(at(security, "readOnlyRootFilesystem") === true, "may write to its root file system");
  const { drop, add } = (at(security, "capabilities") ?? {}) as Record<string, unknown>;
  need(JSON.stringify(drop) === '["ALL"]' && add === undefined, "keeps capabilities");
  // What the container says goes before what the pod says.
  for (const key of ["privileged", "runAsUser", "runAsNonRoot", "seccompProfile"]) {
    need(at(security, key) === undefined, `overrides ${key}`);
  }
  for (const port of items(container, "ports")) {
    need(at(port, "hostPort") === undefined, "takes a port of the node");
  }
  for (const amount of ["cpu", "memory"]) {
    need(at(container, "resources", "limits", amount) !== undefined, `has no limit of ${amount}`);
    need(at(container, "resources", "requests", amount) !== undefined, `requests no ${amount}`);
  }
  const image = text(container, "image");
  if (!isPinned(image)) faults.push(`image ${image} is not pinned by a tag`);
  return faults;
}

/** Whether an image name ends with a tag that names a version, or with a digest. */
export function isPinned(image: string): boolean {
  return /^[\w./-]+(?::\d+\/[\w./-]+)?(?::v?\d+\.\d+[\w.-]*|@sha256:[0-9a-f]{64})$/.test(image);
}
