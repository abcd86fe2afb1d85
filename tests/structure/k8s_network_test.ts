/**
 * Holds the NetworkPolicies against an explicit list of who may reach whom, and the HTTPRoute against the
 * paths that edge and streamer answer. Manifests that are wrong in one place must be found.
 */
import assert from "node:assert/strict";
import { type Files, mutated, parseInstallation, readFiles } from "./_k8s_manifests.ts";
import { type Party, reachability, routeOf } from "./_k8s_network.ts";
import { readCode } from "./_k8s_processes.ts";

const FILES = await readFiles();
const INSTALLATION = parseInstallation(FILES);
const CODE = await readCode();

const change = (path: string, from: string, to: string): Files => mutated(FILES, path, from, to);

const outsider = (name: string, namespace: Record<string, string>): Party => ({
  name,
  labels: name === "dns" ? { "k8s-app": "kube-dns" } : {},
  namespace: { "kubernetes.io/metadata.name": name, ...namespace },
});
const OUTSIDE: readonly Party[] = [
  outsider("gateway", { "todo-1m/gateway": "true" }),
  outsider("postgres", { "todo-1m/postgres": "true" }),
  outsider("telemetry", { "todo-1m/telemetry": "true" }),
  outsider("dns", { "kubernetes.io/metadata.name": "kube-system" }),
  outsider("kube-system", {}),
  outsider("stranger", {}),
];
const EVERYONE = ["dns TCP/53", "dns UDP/53", "telemetry TCP/4318"];
const REACHABLE: Record<string, string[]> = {
  "edge": ["nats TCP/4222", "postgres TCP/5432", ...EVERYONE],
  "group-host": ["nats TCP/4222", ...EVERYONE],
  "streamer": ["nats TCP/4222", ...EVERYONE],
  "projector": ["nats TCP/4222", "postgres TCP/5432", ...EVERYONE],
  "migrate": ["postgres TCP/5432", ...EVERYONE],
  "nats": EVERYONE,
  "gateway": ["edge TCP/8080", "streamer TCP/8081"],
  "telemetry": [
    "edge TCP/9090",
    "group-host TCP/9090",
    "nats TCP/8222",
    "projector TCP/9090",
    "streamer TCP/9090",
  ],
  "postgres": [],
  "dns": [],
  "kube-system": [],
  "stranger": [],
};

function sorted(matrix: Record<string, string[]>): Record<string, string[]> {
  return Object.fromEntries(Object.entries(matrix).map(([from, to]) => [from, [...to].sort()]));
}

Deno.test("the network lets through what the system needs and nothing else", () => {
  assert.deepEqual(reachability(INSTALLATION, OUTSIDE), sorted(REACHABLE));
});

Deno.test("a network that lets through more or less is found", () => {
  const path = "network_policies.yaml";
  const cases: [from: string, to: string][] = [
    ["policyTypes: [Ingress, Egress]", "policyTypes: [Egress]"],
    [
      "name: default-deny\nspec:\n  podSelector: {}",
      "name: default-deny\nspec:\n  podSelector: { matchLabels: { x: y } }",
    ],
    ["port: 4222", "port: 4223"],
    ["- { protocol: UDP, port: 53 }", "- { protocol: UDP }"],
    ['todo-1m/gateway: "true"', 'todo-1m/telemetry: "true"'],
    [
      '- namespaceSelector:\n            matchLabels:\n              todo-1m/gateway: "true"\n',
      "- namespaceSelector: {}\n",
    ],
    ["          podSelector:\n            matchLabels:\n              k8s-app: kube-dns\n", ""],
  ];
  for (const [from, to] of cases) {
    const found = reachability(parseInstallation(change(path, from, to)), OUTSIDE);
    assert.notDeepEqual(found, sorted(REACHABLE), from);
  }
  const unknown = change(
    path,
    "- namespaceSelector:",
    "- ipBlock: { cidr: 0.0.0.0/0 }\n        - namespaceSelector:",
  );
  assert.throws(() => reachability(parseInstallation(unknown), OUTSIDE), /does not know "ipBlock"/);
});

/** Paths that the edge answers but the public must not ask for. */
const OPERATIONS = ["/livez", "/healthz", "/readyz", "/metrics", "/api/v1/admin/dead-letters"];
const isForOperators = (path: string) =>
  OPERATIONS.includes(path) || path.startsWith("/api/v1/admin/");

function edgePaths(): string[] {
  const edge = [...CODE.sources].filter(([path]) => path.startsWith("edge/"))
    .map(([, source]) => source).join("\n");
  const routes = edge.matchAll(/(?:\bpath:\s*|\broute\(\s*(?:"[A-Z]+",\s*)?)"(\/[^"]*)"/g);
  const pages = /PAGES[^=]*= \[([^\]]*)\]/.exec(edge)?.[1] ?? "";
  return [...routes, ...pages.matchAll(/"([^"]+)"/g)].map(([, path = ""]) => path);
}

/** What the edge passes on to the streamer where there is no gateway. */
function streamerPaths(): string[] {
  const proxy = CODE.sources.get("edge/proxy.ts") ?? "";
  const list = /PATHS[^=]*= \[([^;]*)\];/.exec(proxy)?.[1] ?? "";
  const sockets = /SOCKETS = "([^"]+)"/.exec(proxy)?.[1] ?? "";
  return [...list.matchAll(/"(\/[^"]+)"/g)].map(([, path = ""]) => path).concat(sockets);
}

function misrouted(files: Files): string[] {
  const installation = parseInstallation(files);
  const streams = streamerPaths();
  const wanted = (path: string) =>
    isForOperators(path) ? undefined : streams.includes(path) ? "streamer" : "edge";
  return [...edgePaths(), ...streams, ...OPERATIONS]
    .filter((path) => routeOf(installation, path) !== wanted(path));
}

Deno.test("the public reaches every path of edge and streamer, but neither health nor metrics nor the admin API", () => {
  assert.ok(edgePaths().length > 20, edgePaths().join(" "));
  assert.deepEqual(misrouted(FILES), []);
  assert.equal(routeOf(INSTALLATION, "/apple"), undefined);
});

Deno.test("a route that forgets a path or opens too many is found", () => {
  const without = change("route.yaml", "        - path: { type: PathPrefix, value: /ui }\n", "");
  assert.deepEqual(misrouted(without), ["/ui/workspace"]);
  const unreported = change(
    "route.yaml",
    "        - path: { type: Exact, value: /csp-reports }\n",
    "",
  );
  assert.deepEqual(misrouted(unreported), ["/csp-reports"]);
  const open = change("route.yaml", "type: Exact, value: / }", "type: PathPrefix, value: / }");
  assert.ok(misrouted(open).includes("/metrics"));
  const admin = change("route.yaml", "value: /api/v1/admin", "value: /api/v1/other");
  assert.ok(misrouted(admin).includes("/api/v1/admin/dead-letters"));
  const edgeOnly = change("route.yaml", "value: /events", "value: /stream");
  assert.deepEqual(
    new Set(misrouted(edgeOnly)),
    new Set(["/events", "/events/disconnect", "/events/presence"]),
  );
  const ticketless = change(
    "route.yaml",
    "        - path: { type: Exact, value: /api/v1/tickets }\n",
    "",
  );
  assert.deepEqual(misrouted(ticketless), ["/api/v1/tickets"]);
});
