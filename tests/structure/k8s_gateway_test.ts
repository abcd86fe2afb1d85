/**
 * Holds the limits for an Envoy Gateway against the route and the security checklist: they are those of the
 * gateway that the route names, no client may take longer than ten seconds to send a request, and one that is
 * gone without a word is noticed within 45.
 */
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { parseAllDocuments } from "yaml";
import { at, items, parseInstallation, readFiles } from "./_k8s_manifests.ts";

const REQUEST_SECONDS = 10;
const IDLE_SECONDS = 60;
/** A client whose network is gone is to be noticed so soon. */
const GONE_SECONDS = 45;
/** Streams send something this often: a heartbeat every 15 s, a quarter later at most, and a turn of the wheel. */
const HEARTBEAT_SECONDS = 19;
/** Of Linux: `netinet/in.h` and `linux/tcp.h`. */
const IPPROTO_TCP = 6;
const TCP_USER_TIMEOUT = 18;

const SOURCE = await readFile(new URL("../../k8s/gateway/envoy.yaml", import.meta.url), "utf8");
const INSTALLATION = parseInstallation(await readFiles());

/** The one object of `kind` in `source`. */
function objectOf(source: string, kind: string): unknown {
  const found = parseAllDocuments(source).map((document): unknown => {
    const [error] = document.errors;
    if (error) throw error;
    return document.toJS();
  }).filter((body) => at(body, "kind") === kind);
  assert.equal(found.length, 1, `${found.length} objects are a ${kind}`);
  return found[0];
}

/** Whether `target` of `policy` is the gateway that the route names. */
function isOfRoute(policy: unknown, target: unknown): boolean {
  const route = INSTALLATION.manifests.find(({ kind }) => kind === "HTTPRoute");
  const [gateway] = items(route?.body, "spec", "parentRefs");
  return at(target, "kind") === "Gateway" &&
    at(target, "name") === at(gateway, "name") &&
    at(policy, "metadata", "namespace") === at(gateway, "namespace");
}

const secondsOf = (given: string): number => Number(/^(\d+)s$/.exec(given)?.[1]);

/** Everything in which the limits are not those that the route needs. */
function limitFaults(source: string): string[] {
  const policy = objectOf(source, "ClientTrafficPolicy");
  const [target] = items(policy, "spec", "targetRefs");
  const limits: readonly (readonly [name: string, seconds: number])[] = [
    ["requestReceivedTimeout", REQUEST_SECONDS],
    ["idleTimeout", IDLE_SECONDS],
  ];
  return [
    ...isOfRoute(policy, target) ? [] : ["is not for the gateway that the route names"],
    ...limits.flatMap(([name, most]) => {
      const given = String(at(policy, "spec", "timeout", "http", name));
      const seconds = secondsOf(given);
      return seconds > 0 && seconds <= most ? [] : [`${name} is ${given}`];
    }),
  ];
}

/** Everything in which a client that is gone without a word is noticed too late, or never. */
function goneFaults(source: string): string[] {
  const keepalive = at(objectOf(source, "ClientTrafficPolicy"), "spec", "tcpKeepalive");
  const idle = secondsOf(String(at(keepalive, "idleTime"))) +
    secondsOf(String(at(keepalive, "interval"))) * Number(at(keepalive, "probes"));
  const patch = objectOf(source, "EnvoyPatchPolicy");
  const target = at(patch, "spec", "targetRef");
  const [{ operation, ...listener } = { operation: undefined }, ...others] = items(
    patch,
    "spec",
    "jsonPatches",
  ) as { readonly operation: unknown; readonly type?: unknown; readonly name?: unknown }[];
  const { namespace } = at(patch, "metadata") as { readonly namespace?: unknown };
  const option = at(operation, "value");
  const isTimeout = at(operation, "op") === "add" &&
    at(operation, "path") === "/socket_options/-" &&
    at(option, "level") === IPPROTO_TCP && at(option, "name") === TCP_USER_TIMEOUT &&
    at(option, "state") === "STATE_PREBIND";
  const unanswered = HEARTBEAT_SECONDS + Number(at(option, "int_value")) / 1_000;
  return [
    ...isOfRoute(patch, target) && others.length === 0 &&
        listener.type === "type.googleapis.com/envoy.config.listener.v3.Listener" &&
        String(listener.name).startsWith(`${namespace}/${at(target, "name")}/`)
      ? []
      : ["the patch is not for a listener of the gateway that the route names"],
    ...idle > 0 && idle <= GONE_SECONDS ? [] : [`who is asked nothing is missed in ${idle} s`],
    ...isTimeout && unanswered > HEARTBEAT_SECONDS && unanswered <= GONE_SECONDS
      ? []
      : [`who is sent something is missed in ${isTimeout ? `${unanswered} s` : "many minutes"}`],
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

Deno.test("an Envoy Gateway notices within 45 seconds that a client is gone, idle or not", () => {
  assert.deepEqual(goneFaults(SOURCE), []);
  assert.equal(INSTALLATION.files.get("settings/streamer.env")?.includes("HEARTBEAT_MS"), false);
});

Deno.test("a client that is gone and noticed too late, or never, is found", () => {
  const elsewhere = "the patch is not for a listener of the gateway that the route names";
  const cases: [from: string, to: string, fault: string][] = [
    ["idleTime: 15s", "idleTime: 1200s", "who is asked nothing is missed in 1230 s"],
    ["probes: 3", "probes: 9", "who is asked nothing is missed in 105 s"],
    ["int_value: 25000", "int_value: 60000", "who is sent something is missed in 79 s"],
    ["int_value: 25000", "int_value: 0", "who is sent something is missed in 19 s"],
    ["name: 18", "name: 17", "who is sent something is missed in many minutes"],
    ["STATE_PREBIND", "STATE_LISTENING", "who is sent something is missed in many minutes"],
    ["name: gateway/public/https", "name: gateway/private/https", elsewhere],
    ["targetRef: { group: gateway.networking.k8s.io, kind: Gateway, name: public }", "", elsewhere],
  ];
  for (const [from, to, fault] of cases) {
    assert.ok(SOURCE.includes(from), from);
    assert.deepEqual(goneFaults(SOURCE.replace(from, to)), [fault]);
  }
});
