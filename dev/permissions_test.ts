import assert from "node:assert/strict";
import { addressesIn, permissionFlags } from "./permissions.ts";

Deno.test("the servers in a setting are found, with the port of their kind", () => {
  assert.deepEqual(addressesIn("nats://127.0.0.1:4001"), ["127.0.0.1:4001"]);
  assert.deepEqual(addressesIn("nats://a, tls://b:4333"), ["a:4222", "b:4333"]);
  assert.deepEqual(addressesIn("demo"), ["demo:4222"]);
  assert.deepEqual(addressesIn("wss://n.example/path"), ["n.example:443"]);
  assert.deepEqual(addressesIn("postgres://me:secret@db/todo1m?sslmode=verify-full"), ["db:5432"]);
  assert.deepEqual(addressesIn("postgres://me:se:cr@[::1]:5433/todo1m"), ["[::1]:5433"]);
  assert.deepEqual(addressesIn("postgres://me@a:1,b:2/todo1m"), ["a:1", "b:2"]);
  assert.deepEqual(addressesIn(""), []);
});

Deno.test("a process may reach the servers, ports and files of its settings and nothing else", () => {
  const NATS_URL = "nats://127.0.0.1:4001";
  assert.deepEqual(permissionFlags("group-host", { NATS_URL, PORT: "9000" }), [
    "--allow-net=127.0.0.1:4001,127.0.0.1:9000",
  ]);
  const JWKS_FILE = "/keys/jwks.json";
  const streamer = { NATS_URL, HOST: "0.0.0.0", PORT: "81", METRICS_PORT: "90", JWKS_FILE };
  assert.deepEqual(permissionFlags("streamer", streamer), [
    "--allow-net=127.0.0.1:4001,0.0.0.0:81,0.0.0.0:90",
    "--allow-read=/keys/jwks.json",
  ]);
  const edge = { NATS_URL, DATABASE_URL: "postgres://u:p@db/x", PORT: "80", JWKS_FILE };
  assert.deepEqual(permissionFlags("edge", { ...edge, STREAMER_URL: "http://s:81" }), [
    "--allow-net=127.0.0.1:4001,db:5432,s:81,127.0.0.1:80",
    "--allow-read=web/assets,/keys/jwks.json",
  ]);
});
