/**
 * The Kubernetes manifests as the structure tests see them: every object of `k8s/base`, the pods they
 * start and the settings those get. Works on texts, so that a test can change one and look again.
 */
import assert from "node:assert/strict";
import { readdir, readFile } from "node:fs/promises";
import { parse, parseAllDocuments } from "yaml";

/** Text of every file below `k8s/base`, by path from there. */
export type Files = ReadonlyMap<string, string>;

/** One Kubernetes object. */
export interface Manifest {
  readonly kind: string;
  readonly name: string;
  readonly body: unknown;
}

/** What starts pods: a Deployment, StatefulSet or Job. */
export interface Workload extends Manifest {
  readonly labels: Readonly<Record<string, string>>;
  /** The pod's `spec`. */
  readonly pod: unknown;
  readonly containers: readonly unknown[];
}

/** A parsed installation. */
export interface Installation {
  readonly files: Files;
  readonly kustomization: unknown;
  readonly manifests: readonly Manifest[];
  readonly workloads: readonly Workload[];
}

const BASE = new URL("../../k8s/base/", import.meta.url);
const STARTS_PODS = ["Deployment", "StatefulSet", "Job"];

/** Reads every file of `k8s/base`, those that hold somebody's secrets excepted. */
export async function readFiles(folder = ""): Promise<Map<string, string>> {
  const files = new Map<string, string>();
  for (const entry of await readdir(new URL(folder, BASE), { withFileTypes: true })) {
    const path = `${folder}${entry.name}`;
    if (entry.isDirectory()) {
      for (const [name, text] of await readFiles(`${path}/`)) files.set(name, text);
    } else if (!/^secrets\/.*\.(env|json)$/.test(path)) {
      files.set(path, await readFile(new URL(path, BASE), "utf8"));
    }
  }
  return files;
}

/** Parses what the kustomization lists. Throws on YAML that is not well-formed or names nothing. */
export function parseInstallation(files: Files): Installation {
  const kustomization: unknown = parse(fileText(files, "kustomization.yaml"));
  const manifests = items(kustomization, "resources").flatMap((path) =>
    parseAllDocuments(fileText(files, String(path))).map((document) => {
      const [error] = document.errors;
      if (error) throw error;
      const body: unknown = document.toJS();
      return { kind: text(body, "kind"), name: text(body, "metadata", "name"), body };
    })
  );
  const workloads = manifests.filter(({ kind }) => STARTS_PODS.includes(kind)).map((manifest) => {
    const template = at(manifest.body, "spec", "template");
    const pod = at(template, "spec");
    return {
      ...manifest,
      labels: at(template, "metadata", "labels") as Record<string, string>,
      pod,
      containers: [...items(pod, "initContainers"), ...items(pod, "containers")],
    };
  });
  return { files, kustomization, manifests, workloads };
}

/** `files` with one text replaced once; fails when it is not there, so that no mutation is empty. */
export function mutated(files: Files, path: string, from: string, to: string): Files {
  const before = fileText(files, path);
  assert.ok(before.includes(from), `${path} does not contain ${JSON.stringify(from)}`);
  return new Map([...files, [path, before.replace(from, () => to)]]);
}

/** The settings a container gets, by name; secret ones as the examples show them. */
export function settingsOf(
  { files, kustomization }: Installation,
  container: unknown,
): Map<string, string> {
  const settings = new Map<string, string>();
  for (const source of items(container, "envFrom")) {
    const isSecret = at(source, "secretRef") !== undefined;
    const name = text(source, isSecret ? "secretRef" : "configMapRef", "name");
    const generator = items(kustomization, isSecret ? "secretGenerator" : "configMapGenerator")
      .find((candidate) => at(candidate, "name") === name);
    assert.ok(generator, `Nothing generates ${isSecret ? "secret" : "config map"} "${name}"`);
    for (const path of items(generator, "envs")) {
      const file = isSecret ? `${String(path)}.example` : String(path);
      for (const [key, value] of parseEnv(fileText(files, file))) settings.set(key, value);
    }
  }
  for (const entry of items(container, "env")) {
    settings.set(text(entry, "name"), String(at(entry, "value") ?? ""));
  }
  return settings;
}

/** The lines `NAME=value` of an environment file, as kustomize reads them. */
export function parseEnv(source: string): [name: string, value: string][] {
  return source.split("\n").filter((line) => line.trim() !== "" && !line.startsWith("#"))
    .map((line) => {
      const equals = line.indexOf("=");
      assert.ok(equals > 0, `Cannot read the line "${line}" of an environment file`);
      return [line.slice(0, equals), line.slice(equals + 1)];
    });
}

/** What lies at `path` in parsed YAML; `undefined` where there is nothing. */
export function at(value: unknown, ...path: (string | number)[]): unknown {
  return path.reduce<unknown>(
    (inner, key) =>
      typeof inner === "object" && inner !== null
        ? (inner as Record<string | number, unknown>)[key]
        : undefined,
    value,
  );
}

/** The list at `path`; empty where there is nothing. */
export function items(value: unknown, ...path: (string | number)[]): readonly unknown[] {
  const found = at(value, ...path) ?? [];
  assert.ok(Array.isArray(found), `${path.join(".")} is no list`);
  return found;
}

/** The text at `path`; fails where there is none. */
export function text(value: unknown, ...path: (string | number)[]): string {
  const found = at(value, ...path);
  assert.ok(typeof found === "string", `${path.join(".")} is no text`);
  return found;
}

function fileText(files: Files, path: string): string {
  const found = files.get(path);
  assert.ok(found !== undefined, `There is no file ${path}`);
  return found;
}
