/**
 * Holds the Kubernetes manifests against the code and against the rules for pods. Every check is also shown manifests that are wrong in one place, and must find it.
 */
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import {
  at,
  type Files,
  items,
  mutated,
  parseEnv,
  parseInstallation,
  readFiles,
} from "./_k8s_manifests.ts";
import { isPinned, podFaults } from "./_k8s_pods.ts";
import { processFaults, readCode, settingsRead } from "./_k8s_processes.ts";

const ROOT = new URL("../../", import.meta.url);
const FILES = await readFiles();
const INSTALLATION = parseInstallation(FILES);
const CODE = await readCode();

const change = (path: string, from: string, to: string): Files => mutated(FILES, path, from, to);
const faultsOf = (files: Files) => processFaults(parseInstallation(files), CODE);

Deno.test("every manifest is listed, and every listed file is there", () => {
  const listed = items(INSTALLATION.kustomization, "resources").map(String);
  const present = [...FILES.keys()]
    .filter((path) => path.endsWith(".yaml") && path !== "kustomization.yaml");
  assert.deepEqual([...listed].sort(), present.sort());
  assert.deepEqual(INSTALLATION.workloads.map(({ name }) => name).sort(), [
    "edge",
    "group-host",
    "migrate",
    "nats",
    "projector",
    "streamer",
  ]);
});

Deno.test("YAML that is not well-formed is refused", () => {
  assert.throws(() => parseInstallation(change("edge.yaml", "kind: Deployment", "kind: [Deploy")));
});

Deno.test("every secret has an example without a value, and its file stays out of the repository", () => {
  const paths = items(INSTALLATION.kustomization, "secretGenerator")
    .flatMap((generator) => ["envs", "files"].flatMap((kind) => items(generator, kind)))
    .map(String);
  assert.ok(paths.length > 0);
  assert.equal(FILES.get("secrets/.gitignore"), "*.env\n*.json\n");
  for (const path of paths) {
    assert.match(path, /^secrets\/[a-z_]+\.(env|json)$/);
    assert.ok(FILES.has(`${path}.example`), path);
    for (const [name, value] of parseEnv(FILES.get(`${path}.example`) ?? "")) {
      assert.match(
        value,
        /^$|^HOST:5432$|\/\/LOGIN:PASSWORD@HOST/,
        `${path}.example gives ${name} a value`,
      );
    }
  }
});

Deno.test("every pod is restricted, limited and pinned", () => {
  assert.deepEqual(podFaults(INSTALLATION), []);
});

Deno.test("a pod that is not restricted, limited or pinned is found", () => {
  const cases: [path: string, from: string, to: string, fault: string][] = [
    ["edge.yaml", "runAsNonRoot: true", "runAsNonRoot: false", "edge: may run as root"],
    ["nats.yaml", "runAsUser: 1000", "runAsUser: 0", "nats: names no user other than root"],
    ["migrate.yaml", "RuntimeDefault", "Unconfined", "migrate: has no seccomp profile"],
    [
      "streamer.yaml",
      "automountServiceAccountToken: false",
      "hostNetwork: true",
      "streamer: gets a service account's token",
    ],
    ["streamer.yaml", "enableServiceLinks", "hostNetwork", "streamer: shares the node's Network"],
    [
      "edge.yaml",
      "allowPrivilegeEscalation: false",
      "allowPrivilegeEscalation: true",
      "edge: may gain privileges",
    ],
    [
      "projector.yaml",
      "readOnlyRootFilesystem: true",
      "readOnlyRootFilesystem: false",
      "projector: may write to its root file system",
    ],
    ["group_host.yaml", "[ALL]", "[NET_RAW]", "group-host: keeps capabilities"],
    ["edge.yaml", "drop: [ALL]", "drop: [ALL]\n              add: [X]", "edge: keeps capabilities"],
    [
      "edge.yaml",
      'limits: { cpu: "2", memory: 1Gi }',
      "limits: {}",
      "edge: has no limit of memory",
    ],
    ["nats.yaml", "configMap: {", "hostPath: {", "nats: mounts a volume of kind hostPath"],
    ["edge.yaml", "todo-1m:0.1.0", "todo-1m", "edge: image todo-1m is not pinned by a tag"],
    [
      "namespace.yaml",
      "enforce: restricted",
      "enforce: baseline",
      "the namespace does not enforce restricted pods",
    ],
  ];
  for (const [path, from, to, fault] of cases) {
    const found = podFaults(parseInstallation(change(path, from, to)));
    assert.ok(found.includes(fault), `${fault}: found ${JSON.stringify(found)}`);
  }
});

Deno.test("an image is pinned by a version or a digest, not by a moving tag", async () => {
  const moving = ["todo-1m", "nats:latest", "registry:5000/nats", "nats:alpine", "nats:2"];
  for (const image of moving) assert.equal(isPinned(image), false, image);
  const digest = `nats@sha256:${"0".repeat(64)}`;
  for (const image of ["nats:2.15.1-alpine", "registry:5000/a/nats:2.15.1", digest]) {
    assert.equal(isPinned(image), true, image);
  }
  const containerfile = await readFile(new URL("k8s/Containerfile", ROOT), "utf8");
  const bases = [...containerfile.matchAll(/^FROM (\S+)/gm)].map(([, image = ""]) => image);
  assert.ok(bases.length > 0 && bases.every(isPinned), bases.join(", "));
  assert.match(containerfile, /^USER [1-9]\d*/m);
});

Deno.test("every process is started, configured and probed as its code wants it", () => {
  assert.deepEqual(processFaults(INSTALLATION, CODE), []);
});

Deno.test("the settings that the code needs are found in the code", () => {
  const required = (entry: string) => [...settingsRead(CODE.sources, entry).required].sort();
  assert.deepEqual(required("edge/serve.ts"), ["DATABASE_URL", "NATS_URL", "SIGNING_KEY"]);
  assert.deepEqual(required("actors/stream/main.ts"), ["JWKS", "NATS_URL"]);
  assert.deepEqual(required("actors/projection/main.ts"), ["DATABASE_URL", "NATS_URL", "PORT"]);
  assert.ok(settingsRead(CODE.sources, "edge/serve.ts").read.has("RATE_LIMIT_AUTH"));
});

Deno.test("a process that is started, configured or probed wrongly is found", () => {
  const cases: [path: string, from: string, to: string, fault: string][] = [
    [
      "edge.yaml",
      "edge/serve.ts",
      "edge/start_all.ts",
      "edge: its entry edge/start_all.ts does not exist",
    ],
    ["edge.yaml", "-P=edge", "-P=projector", "edge: does not run under its own permission set"],
    [
      "projector.yaml",
      "name: projector\n          image",
      "name: other\n          image",
      "other: permission set other does not exist",
    ],
    ["streamer.yaml", "--no-prompt", "-A", "streamer: -A widens its permissions"],
    ["streamer.yaml", "- --cached-only\n", "", "streamer: --cached-only is missing"],
    ["settings/group_host.env", "HOST=", "HOTS=", "group-host: HOTS is read nowhere"],
    ["settings/projector.env", "PORT=9090", "", "projector: PORT is not set"],
    ["settings/edge.env", "SIGNING_KEY_FILE=", "OTHER=", "edge: SIGNING_KEY is not set"],
    ["settings/streamer.env", "JWKS_FILE=", "OTHER=", "streamer: JWKS is not set"],
    [
      "group_host.yaml",
      "--allow-net=nats:4222,",
      "--allow-net=anywhere:80,nats:4222,",
      "group-host: --allow-net=anywhere:80,nats:4222,0.0.0.0:9090 widens its permissions",
    ],
    [
      "projector.yaml",
      "$(POSTGRES_ADDRESS)",
      "$(POSTGRES)",
      "projector: --allow-net=nats:4222,HOST:5432,0.0.0.0:9090 is missing",
    ],
    [
      "streamer.yaml",
      "- --allow-read=/run/todo-1m/keys/jwks.json\n",
      "",
      "streamer: --allow-read=/run/todo-1m/keys/jwks.json is missing",
    ],
    [
      "settings/edge.env",
      "METRICS_PORT=9090",
      "",
      "edge: its readiness probe does not ask /readyz on 8080",
    ],
    [
      "settings/edge.env",
      "HOST=0.0.0.0",
      "",
      "edge: its startup probe cannot reach it: it listens on loopback",
    ],
    [
      "edge.yaml",
      'prometheus.io/port: "9090"',
      'prometheus.io/port: "8080"',
      "edge: its annotations do not lead to /metrics on 9090",
    ],
    [
      "settings/group_host.env",
      "HOST=0.0.0.0",
      "",
      "group-host: its liveness probe cannot reach it: it listens on loopback",
    ],
    [
      "settings/streamer.env",
      "METRICS_PORT=9090",
      "METRICS_PORT=9091",
      "streamer: its liveness probe does not ask /livez on 9091",
    ],
    [
      "projector.yaml",
      "path: /readyz",
      "path: /livez",
      "projector: its readiness probe does not ask /readyz on 9090",
    ],
    [
      "settings/streamer.env",
      "DRAIN_MS=60000",
      "DRAIN_MS=90000",
      "streamer: is killed after 75 s, before it has drained",
    ],
    [
      "settings/edge.env",
      "DRAIN_MS=10000",
      "DRAIN_MS=18000",
      "edge: is killed after 30 s, before it has drained",
    ],
    [
      "settings/projector.env",
      "STREAM_SHARDS=4",
      "STREAM_SHARDS=1",
      "STREAM_SHARDS differs between processes",
    ],
    [
      "settings/edge.env",
      "nats://nats:4222",
      "nats://nats:4223",
      "settings/edge.env: no service nats:4223",
    ],
    [
      "streamer.yaml",
      "targetPort: 8081",
      "targetPort: 8080",
      "service streamer: no pod opens port 8080",
    ],
  ];
  for (const [path, from, to, fault] of cases) {
    const found = faultsOf(change(path, from, to));
    assert.ok(found.includes(fault), `${fault}: found ${JSON.stringify(found)}`);
  }
});

Deno.test("projectors never run twice at once, edges, streamers and hosts never run out", () => {
  const specOf = (name: string) =>
    at(INSTALLATION.workloads.find((workload) => workload.name === name)?.body, "spec");
  assert.equal(at(specOf("projector"), "replicas"), 1);
  assert.equal(at(specOf("projector"), "strategy", "type"), "Recreate");
  for (const name of ["edge", "streamer", "group-host"]) {
    assert.ok(Number(at(specOf(name), "replicas")) >= 2, name);
    assert.equal(at(specOf(name), "strategy", "rollingUpdate", "maxUnavailable"), 0, name);
    const budget = INSTALLATION.manifests
      .find((manifest) => manifest.kind === "PodDisruptionBudget" && manifest.name === name);
    assert.deepEqual(at(budget?.body, "spec", "selector"), at(specOf(name), "selector"));
  }
});

Deno.test("the migrate job runs what the image brings", async () => {
  const job = INSTALLATION.workloads.find(({ name }) => name === "migrate");
  const command = items(job?.containers[0], "command").map(String);
  const containerfile = await readFile(new URL("k8s/Containerfile", ROOT), "utf8");
  assert.match(
    containerfile,
    new RegExp(`^COPY --from=build \\S+ /usr/local/bin/${command[0]}$`, "m"),
  );
  assert.ok(command.includes("/app/migrations"));
  assert.match(containerfile, /^WORKDIR \/app$/m);
  assert.match(containerfile, /^COPY migrations migrations$/m);
});
