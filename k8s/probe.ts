/**
 * Asks a process of this container for its health and ends with its answer, for processes that listen
 * on loopback, where the kubelet does not reach. Ends with 0 when the answer is 2xx, else with 1.
 *
 * Run with `deno run --no-config --allow-net=127.0.0.1:PORT k8s/probe.ts http://127.0.0.1:PORT/livez`.
 */
const TIMEOUT_MS = 3_000;

const [url] = Deno.args;
if (url === undefined) throw new Error("Cannot probe: no URL is given");
const response = await fetch(url, { signal: AbortSignal.timeout(TIMEOUT_MS) });
console.log(response.status, await response.text());
Deno.exit(response.ok ? 0 : 1);
