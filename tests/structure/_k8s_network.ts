/**
 * Computes who can open a connection to whom under the NetworkPolicies, and where the HTTPRoute sends a
 * path. Knows only the parts of both that the manifests use and throws on others.
 */
import assert from "node:assert/strict";
import { at, type Installation, items, text } from "./_k8s_manifests.ts";

type Labels = Readonly<Record<string, string>>;

/** One end of a connection: pods of ours, or somebody outside. */
export interface Party {
  readonly name: string;
  readonly labels: Labels;
  readonly namespace: Labels;
}

const OURS = "todo-1m";
const NAME = "kubernetes.io/metadata.name";
const PROTOCOLS = ["TCP", "UDP"] as const;
/** A port that nothing names: whoever may reach it may reach every port. */
const ANY_OTHER_PORT = 65_000;

/** Every connection that is allowed, by source: `destination protocol/port`, sorted. */
export function reachability(
  installation: Installation,
  outside: readonly Party[],
): Record<string, string[]> {
  const policies = installation.manifests.filter(({ kind }) => kind === "NetworkPolicy")
    .map(({ body }) => at(body, "spec"));
  const inside = installation.workloads.map(({ name, labels }): Party => ({
    name,
    labels,
    namespace: { [NAME]: OURS },
  }));
  const parties = [...inside, ...outside];
  const ports = portsOf(installation, policies);
  const isInside = (party: Party) => inside.includes(party);
  const found: Record<string, string[]> = {};
  for (const from of parties) {
    found[from.name] = parties.filter((to) => isInside(from) || isInside(to)).flatMap((to) =>
      PROTOCOLS.flatMap((protocol) =>
        ports.filter((port) => {
          const leaves = !isInside(from) ||
            allows(policies, "Egress", { subject: from, peer: to, protocol, port });
          const enters = !isInside(to) ||
            allows(policies, "Ingress", { subject: to, peer: from, protocol, port });
          return leaves && enters;
        }).map((port) => `${to.name} ${protocol}/${port}`)
      )
    ).sort();
  }
  return found;
}

interface Attempt {
  readonly subject: Party;
  readonly peer: Party;
  readonly protocol: string;
  readonly port: number;
}

/** Whom no policy selects may do anything; whom one selects, only what some policy names. */
function allows(
  policies: readonly unknown[],
  direction: "Ingress" | "Egress",
  { subject, peer, protocol, port }: Attempt,
): boolean {
  const applying = policies.filter((policy) => {
    const types = items(policy, "policyTypes");
    assert.ok(types.length > 0, "a NetworkPolicy leaves its types open");
    return types.includes(direction) && selects(at(policy, "podSelector"), subject.labels);
  });
  if (applying.length === 0) return true;
  const [rules, peers] = direction === "Ingress" ? ["ingress", "from"] : ["egress", "to"];
  return applying.flatMap((policy) => items(policy, rules)).some((rule) => {
    const named = items(rule, peers);
    const open = items(rule, "ports");
    return (named.length === 0 || named.some((one) => isPeer(one, peer))) &&
      (open.length === 0 || open.some((one) => isPort(one, protocol, port)));
  });
}

function isPeer(description: unknown, party: Party): boolean {
  onlyKeys(description, ["podSelector", "namespaceSelector"]);
  const namespaces = at(description, "namespaceSelector");
  const pods = at(description, "podSelector");
  const isRightNamespace = namespaces === undefined
    ? party.namespace[NAME] === OURS
    : selects(namespaces, party.namespace);
  return isRightNamespace && (pods === undefined || selects(pods, party.labels));
}

function isPort(description: unknown, protocol: string, port: number): boolean {
  onlyKeys(description, ["protocol", "port"]);
  const named = at(description, "port");
  assert.ok(named === undefined || typeof named === "number", `port ${named} is no number`);
  return (at(description, "protocol") ?? "TCP") === protocol &&
    (named === undefined || named === port);
}

/** An empty selector selects everything. */
function selects(selector: unknown, labels: Labels): boolean {
  onlyKeys(selector, ["matchLabels"]);
  return Object.entries(at(selector, "matchLabels") ?? {})
    .every(([key, value]) => labels[key] === value);
}

function onlyKeys(value: unknown, keys: readonly string[]): void {
  for (const key of Object.keys(value ?? {})) {
    assert.ok(keys.includes(key), `the check does not know "${key}" in a NetworkPolicy`);
  }
}

function portsOf({ workloads }: Installation, policies: readonly unknown[]): number[] {
  const opened = workloads.flatMap(({ containers }) => containers)
    .flatMap((container) => items(container, "ports").map((port) => at(port, "containerPort")));
  const named = policies.flatMap((policy) =>
    [...items(policy, "ingress"), ...items(policy, "egress")]
      .flatMap((rule) => items(rule, "ports").map((port) => at(port, "port")))
  );
  return [...new Set([...opened, ...named, ANY_OTHER_PORT].map(Number))].sort((a, b) => a - b);
}

/** The service to which the HTTPRoute sends `path`; `undefined` when the public cannot ask for it. */
export function routeOf({ manifests }: Installation, path: string): string | undefined {
  const rules = manifests.filter(({ kind }) => kind === "HTTPRoute")
    .flatMap(({ body }) => items(body, "spec", "rules"));
  // An exact match goes first, then the longest prefix (Gateway API, HTTPRouteRule).
  const [best] = rules.flatMap((rule) =>
    items(rule, "matches").flatMap((match) => {
      const [type, value] = [text(match, "path", "type"), text(match, "path", "value")];
      if (!matchesPath(type, value, path)) return [];
      const rank = type === "Exact" ? Infinity : value.length;
      const leadsNowhere = items(rule, "backendRefs").length === 0;
      const service = leadsNowhere ? undefined : text(rule, "backendRefs", 0, "name");
      return [{ rank, service }];
    })
  ).sort((a, b) => b.rank - a.rank);
  return best?.service;
}

/** Prefixes match whole segments: `/app` matches `/app/x`, not `/apple`. */
function matchesPath(type: string, value: string, path: string): boolean {
  if (type === "Exact") return path === value;
  assert.equal(type, "PathPrefix");
  return value === "/" || path === value || path.startsWith(`${value}/`);
}
