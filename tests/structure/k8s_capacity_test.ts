/** Holds the capacity plan against the manifests: what it reckons with is what they deploy, and its pages are new. */
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { parse } from "yaml";
import { BLOCKS } from "../../actors/protocol/routing/mod.ts";
import { readFigures, valuesOf } from "../bench/costs.ts";
import {
  assumed,
  deployedSettings,
  EDGE_CONNECTIONS,
  HOST_ACTOR_MIB,
  planDocument,
  planFor,
  planOverlay,
  PODS,
} from "../capacity/mod.ts";
import { MIN_READY_MS, PRE_STOP_MS } from "../sessions/scenarios.ts";
import {
  at,
  type Installation,
  items,
  mutated,
  parseInstallation,
  readFiles,
  settingsOf,
} from "./_k8s_manifests.ts";

const ROOT = new URL("../../", import.meta.url);
const FILES = await readFiles();
const MIB_OF: Readonly<Record<string, number>> = { Mi: 1, Gi: 1_024 };

/** Memory as a manifest writes it, in MiB. */
function mib(quantity: unknown): number {
  const [, amount, unit = ""] = /^(\d+)(Mi|Gi)$/.exec(String(quantity)) ?? [];
  return Number(amount) * (MIB_OF[unit] ?? NaN);
}

/** What the plan believes of the manifests and is not so. */
function faultsOf(installation: Installation): string[] {
  return Object.entries(PODS).flatMap(([name, pod]) => {
    const workload = installation.workloads.find((each) => each.name === name);
    const container = workload?.containers[0];
    const memory = mib(at(container, "resources", "limits", "memory"));
    const heap = /--max-old-space-size=(\d+)/.exec(items(container, "command").join(" "))?.[1];
    return [
      ...memory === pod.memoryMiB
        ? []
        : [`${name} has ${memory} MiB, the plan says ${pod.memoryMiB}`],
      ...Number(at(container, "resources", "limits", "cpu")) >= pod.cores
        ? []
        : [`${name} has less than the ${pod.cores} cores of the plan`],
      ...Number(heap) < memory ? [] : [`${name} has a heap of ${heap} MiB in ${memory} MiB`],
    ];
  });
}

Deno.test("pods are as large as the plan says, and their heaps fit into them", () => {
  assert.deepEqual(faultsOf(parseInstallation(FILES)), []);
  const shrunk = mutated(FILES, "streamer.yaml", "memory: 2Gi", "memory: 1Gi");
  assert.deepEqual(faultsOf(parseInstallation(shrunk)), [
    "streamer has 1024 MiB, the plan says 2048",
    "streamer has a heap of 1536 MiB in 1024 MiB",
  ]);
});

Deno.test("settings and waits are those that plan and simulation reckon with", async () => {
  const installation = parseInstallation(FILES);
  const workload = (name: string) => installation.workloads.find((each) => each.name === name);
  const setting = (name: string, key: string) =>
    settingsOf(installation, workload(name)?.containers[0]).get(key);
  assert.equal(Number(setting("group-host", "HOST_ACTOR_BYTES")), HOST_ACTOR_MIB * 2 ** 20);
  assert.equal(setting("edge", "DATABASE_CONNECTIONS"), undefined, "the default counts");
  const edge = await readFile(new URL("edge/config.ts", ROOT), "utf8");
  assert.match(edge, new RegExp(`"DATABASE_CONNECTIONS", ${EDGE_CONNECTIONS}\\b`));
  const streamer = workload("streamer");
  const preStop = at(streamer?.containers[0], "lifecycle", "preStop", "sleep", "seconds");
  assert.equal(Number(preStop) * 1_000, PRE_STOP_MS);
  assert.equal(Number(at(streamer?.body, "spec", "minReadySeconds")) * 1_000, MIN_READY_MS);
});

Deno.test("the streams that a streamer takes at most fit into its pod with the groups they may follow", async () => {
  const costs = valuesOf(await readFigures());
  const { streamsTotal } = deployedSettings();
  const plan = planFor(assumed(), costs, deployedSettings());
  // What is planned for one, a zone being lost; the limit itself is for sessions that share their groups.
  const each = plan.streamer.memoryMiB / (plan.streamer.pods * 2 / 3) + costs["stream.base_mib"];
  assert.ok(each <= PODS.streamer.memoryMiB * assumed().memoryShare * 1.01, `${each} MiB`);
  const streamsAlone = streamsTotal * costs["stream.kib"] / 1_024;
  assert.ok(streamsAlone < PODS.streamer.memoryMiB * assumed().memoryShare, `${streamsAlone} MiB`);
});

Deno.test("CAPACITY.md and the overlay are what deno task capacity writes", async () => {
  const figures = await readFigures();
  const settings = deployedSettings();
  const plan = planFor(assumed(), valuesOf(figures), settings);
  const page = await readFile(new URL("k8s/CAPACITY.md", ROOT), "utf8");
  assert.equal(page, planDocument({ assumed: assumed(), figures, settings }));
  const overlay = await readFile(new URL("k8s/million/kustomization.yaml", ROOT), "utf8");
  assert.equal(overlay, planOverlay(plan));
  const replicas = new Map(
    items(parse(overlay), "replicas").map((each) => [at(each, "name"), Number(at(each, "count"))]),
  );
  assert.equal(replicas.get("streamer"), plan.streamer.pods);
  assert.ok((replicas.get("group-host") ?? Infinity) <= BLOCKS);
  for (const name of ["edge", "streamer", "group-host"]) assert.ok((replicas.get(name) ?? 0) >= 2);
});
