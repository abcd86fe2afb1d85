/**
 * Holds the limits for an Envoy Gateway against the route and the security checklist: they are those of the
 * gateway that the route names, and no client may take longer than ten seconds to send a request.
 */
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { parse } from "yaml";
import { at, items, parseInstallation, readFiles } from "./_k8s_manifests.ts";

const REQUEST_SECONDS = 10;
const IDLE_SECONDS = 60;

const SOURCE = await readFile(new URL("../../k8s/gateway/envoy.yaml", import.meta.url), "utf8");
const INSTALLATION = parseInstallation(await readFiles());

/** Everything in which the limits are not those that the route needs. */
function limitFaults(source: string): string[] {
  const policy: unknown = parse(source);
  const route = INSTALLATION.manifests.find(({ kind }) => kind === "HTTPRoute");
  const [gateway] = items(route?.body, "spec", "parentRefs");
  const [target] = items(policy, "spec", "targetRefs");
  const isOfRoute = at(target, "kind") === "Gateway" &&
    at(target, "name") === at(gateway, "name") &&
    at(policy, "metadata", "namespace") === at(gateway, "namespace");
  const limits: readonly (readonly [name: string, seconds: number])[] = [
    ["requestReceivedTimeout", REQUEST_SECONDS],
    ["idleTimeout", IDLE_SECONDS],
  ];
  return [
    ...isOfRoute ? [] : ["is not for the gateway that the route names"],
    ...limits.flatMap(([name, most]) => {
      const given = String(at(policy, "spec", "timeout", "http", name));
      const seconds = Number(/^(\d+)s$/.exec(given)?.[1]);
      return seconds > 0 && seconds <= most ? [] : [`${name} is ${given}`];
    }),
  ];
}

Deno.test("an Envoy Gateway gives a client ten seconds for a request, and closes connections that nobody uses", () => {
  assert.deepEqual(limitFaults(SOURCE), []);
});

Deno.test("limits of another gateway, or that are none, are found", () => {
  const cases: [from: string, to: string, fault: string][] = [
    ["name: public", "name: private", "is not for the gateway that the route names"],
    ["namespace: gateway", "namespace: todo-1m", "is not for the gateway that the route names"],
    ["requestReceivedTimeout: 10s", "requestReceivedTimeout: 0s", "requestReceivedTimeout is 0s"],
    ["requestReceivedTimeout: 10s", "", "requestReceivedTimeout is undefined"],
    ["idleTimeout: 60s", "idleTimeout: 1h", "idleTimeout is 1h"],
  ];
  for (const [from, to, fault] of cases) {
    assert.ok(SOURCE.includes(from), from);
    assert.deepEqual(limitFaults(SOURCE.replace(from, to)), [fault]);
  }
});
