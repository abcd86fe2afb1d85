/**
 * Whether the manifests start our processes as the code wants it: entry and permission set exist, each
 * setting is one the code reads, none that it needs is missing, and probes ask where it answers.
 */
import { readdir, readFile } from "node:fs/promises";
import { permissionFlags } from "../../dev/mod.ts";
import { importsOf, resolveImport } from "./_imports.ts";
import { at, type Installation, items, settingsOf, text, type Workload } from "./_k8s_manifests.ts";
import type { Sources } from "./_rules.ts";

/** What the code offers. */
export interface Code {
  readonly sources: Sources;
  /** Names of the permission sets in `deno.json`. */
  readonly permissionSets: readonly string[];
}

const ROOT = new URL("../../", import.meta.url);
const ANYWHERE = "0.0.0.0";
/** Without these a process asks a person, fetches packages, or writes where it must not. */
const NEEDED_FLAGS = ["--no-prompt", "--cached-only", "--frozen", "--node-modules-dir=manual"];
/** How a command names a setting (Kubernetes: dependent environment variables). */
const VARIABLES = /\$\((\w+)\)/g;
/** Processes that read one of these must agree on it. */
const SHARED = ["STREAM_SHARDS", "TOKEN_ISSUER", "TOKEN_AUDIENCE", "TRUSTED_PROXIES", "NATS_URL"];

/** How long what is in flight may take after the time to drain: the edge's requests, a host's commands. */
const FINISH_MS: Readonly<Record<string, number>> = { edge: 12_000, "group-host": 4_000 };

interface OwnProcess {
  readonly name: string;
  readonly workload: Workload;
  readonly container: unknown;
  readonly command: readonly string[];
  readonly entry: string;
  readonly settings: ReadonlyMap<string, string>;
}

/** Reads what runs in the cluster: no tests and no tools. */
export async function readCode(): Promise<Code> {
  const sources = new Map<string, string>();
  for (const folder of ["actors", "edge", "web", "k8s"]) {
    for (const entry of await readdir(new URL(folder, ROOT), { recursive: true })) {
      const path = `${folder}/${entry}`;
      if (!/\.tsx?$/.test(path) || /_test\.tsx?$/.test(path)) continue;
      sources.set(path, await readFile(new URL(path, ROOT), "utf8"));
    }
  }
  const { permissions } = JSON.parse(await readFile(new URL("deno.json", ROOT), "utf8"));
  return { sources, permissionSets: Object.keys(permissions) };
}

/** Everything in which the manifests and the code disagree. */
export function processFaults(installation: Installation, code: Code): string[] {
  const processes = installation.workloads.flatMap((workload) =>
    workload.containers.flatMap((container): OwnProcess[] => {
      const command = items(container, "command").map(String);
      if (command[0] !== "deno") return [];
      const settings = settingsOf(installation, container);
      const entry = command.at(-1) ?? "";
      return [{ name: text(container, "name"), workload, container, command, entry, settings }];
    })
  );
  return [
    ...processes.flatMap((process) =>
      [
        ...commandFaults(process, code),
        ...settingFaults(process, code.sources),
        ...probeFaults(process, code.sources),
        ...scrapeFaults(process, code.sources),
        ...endFaults(process),
      ].map((fault) => `${process.name}: ${fault}`)
    ),
    ...disagreements(processes, code.sources),
    ...serviceFaults(installation),
  ];
}

function commandFaults({ name, command, entry, settings }: OwnProcess, code: Code): string[] {
  const [, verb, ...rest] = command;
  const flags = rest.slice(0, -1);
  const faults: string[] = [];
  if (verb !== "run") faults.push(`cannot start with "deno ${verb}"`);
  if (!code.sources.has(entry)) faults.push(`its entry ${entry} does not exist`);
  if (!flags.includes(`-P=${name}`)) faults.push("does not run under its own permission set");
  if (!code.permissionSets.includes(name)) faults.push(`permission set ${name} does not exist`);
  const given = flags.map((flag) =>
    flag.replace(VARIABLES, (text, key: string) => settings.get(key) ?? text)
  ).filter((flag) => /^(-A$|-[RWNES]|--allow-)/.test(flag));
  const allowed = permissionFlags(name, Object.fromEntries(settings));
  for (const flag of given.filter((flag) => !allowed.includes(flag))) {
    faults.push(`${flag} widens its permissions`);
  }
  for (const flag of allowed.filter((flag) => !given.includes(flag))) {
    // Without files of its own a process reads what its set says.
    if (flag !== "--allow-read=web/assets") faults.push(`${flag} is missing`);
  }
  for (const flag of NEEDED_FLAGS.filter((flag) => !flags.includes(flag))) {
    faults.push(`${flag} is missing`);
  }
  return faults;
}

function settingFaults({ command, entry, settings }: OwnProcess, sources: Sources): string[] {
  const { read, required } = settingsRead(sources, entry);
  // What the command names is read by who starts it.
  const named = command.flatMap((part) => [...part.matchAll(VARIABLES)].map(([, key]) => key));
  return [
    ...[...settings.keys()].filter((key) => !read.has(key) && !named.includes(key))
      .map((key) => `${key} is read nowhere`),
    ...[...required].filter((key) => !settings.has(key) && !settings.has(`${key}_FILE`))
      .map((key) => `${key} is not set`),
  ];
}

/** The settings that `entry` and what it imports read, and those of them that have no default. */
export function settingsRead(
  sources: Sources,
  entry: string,
): { read: Set<string>; required: Set<string> } {
  const read = new Set<string>();
  const required = new Set<string>();
  const seen = new Set<string>();
  const visit = (path: string) => {
    const source = sources.get(path);
    if (source === undefined || seen.has(path)) return;
    seen.add(path);
    for (const [, how, name = "", end] of source.matchAll(READS)) {
      read.add(name);
      if (how === "readTextSource") read.add(`${name}_FILE`);
      if (end === ")" && how !== "env.get") required.add(name);
    }
    for (const { specifier, typeOnly } of importsOf(source)) {
      const target = resolveImport(path, specifier);
      if (target !== undefined && !typeOnly) visit(target);
    }
  };
  visit(entry);
  return { read, required };
}

const READS =
  /\b(readString|readTextSource|readInt|readList|readSwitch|perMinute|perDay|env\.get)\(\s*"([A-Z][A-Z0-9_]*)"\s*(,|\))/g;

/** Where health and metrics are answered: the port, and whether from outside the pod. */
function operationsOf({ settings, entry }: OwnProcess, sources: Sources) {
  const listensWhereTold = settingsRead(sources, entry).read.has("HOST");
  return {
    port: Number(settings.get("METRICS_PORT") ?? settings.get("PORT")),
    isReachable: listensWhereTold && settings.get("HOST") === ANYWHERE,
  };
}

/** Whoever collects metrics is told where; jobs, which end by themselves, are not asked for any. */
function scrapeFaults(process: OwnProcess, sources: Sources): string[] {
  if (process.workload.kind === "Job") return [];
  const notes = at(process.workload.body, "spec", "template", "metadata", "annotations");
  const { port } = operationsOf(process, sources);
  const isRight = at(notes, "prometheus.io/scrape") === "true" &&
    at(notes, "prometheus.io/path") === "/metrics" && at(notes, "prometheus.io/port") === `${port}`;
  return isRight ? [] : [`its annotations do not lead to /metrics on ${port}`];
}

function probeFaults(process: OwnProcess, sources: Sources): string[] {
  const { port, isReachable } = operationsOf(process, sources);
  const probes = [["startup", "/livez"], ["liveness", "/livez"], ["readiness", "/readyz"]] as const;
  return probes.flatMap(([kind, path]) => {
    const http = at(process.container, `${kind}Probe`, "httpGet");
    const isRight = at(http, "path") === path && at(http, "port") === port;
    return [
      ...isRight ? [] : [`its ${kind} probe does not ask ${path} on ${port}`],
      ...isReachable ? [] : [`its ${kind} probe cannot reach it: it listens on loopback`],
    ];
  });
}

/** The pod's patience must outlast the wait before the signal and the draining after it. */
function endFaults({ name, workload, container, settings }: OwnProcess): string[] {
  const patience = Number(at(workload.pod, "terminationGracePeriodSeconds"));
  const wait = Number(at(container, "lifecycle", "preStop", "sleep", "seconds") ?? 0);
  const drain = (Number(settings.get("DRAIN_MS") ?? 0) + (FINISH_MS[name] ?? 0)) / 1000;
  return wait + drain < patience ? [] : [`is killed after ${patience} s, before it has drained`];
}

function disagreements(processes: readonly OwnProcess[], sources: Sources): string[] {
  return SHARED.flatMap((setting) => {
    const readers = processes.filter(({ entry }) => settingsRead(sources, entry).read.has(setting));
    const values = new Set(readers.map(({ settings }) => settings.get(setting)));
    return values.size > 1 ? [`${setting} differs between processes`] : [];
  });
}

/** Services lead to a port that a pod opens; addresses in settings lead to a service. */
function serviceFaults({ manifests, workloads, files }: Installation): string[] {
  const services = manifests.filter(({ kind }) => kind === "Service");
  const faults = services.flatMap(({ name, body }) => {
    const selector = at(body, "spec", "selector", "app.kubernetes.io/name");
    const target = workloads.find(({ labels }) => labels["app.kubernetes.io/name"] === selector);
    const open = (target?.containers ?? []).flatMap((container) =>
      items(container, "ports").map((port) => at(port, "containerPort"))
    );
    return items(body, "spec", "ports").map((port) => at(port, "targetPort"))
      .filter((port) => !open.includes(port))
      .map((port) => `service ${name}: no pod opens port ${port}`);
  });
  for (const [path, source] of files) {
    for (const [, name, port] of source.matchAll(/^NATS_URL=nats:\/\/([^:\n]+):(\d+)$/gm)) {
      const found = services.find((service) => service.name === name);
      const ports = items(found?.body, "spec", "ports").map((item) => at(item, "port"));
      if (!ports.includes(Number(port))) faults.push(`${path}: no service ${name}:${port}`);
    }
  }
  return faults;
}
