import { strictEqual } from "node:assert/strict";
import { isAlarming, readable } from "./_child_log.ts";

Deno.test("warnings and errors of every process are shown, routine lines are not", () => {
  const alarming = [
    '{"level":"error","message":"x"}',
    '{"level":"WARN","message":"x"}',
    "[12] 2026/01/01 10:00:00.0 [ERR] JetStream failed",
    "2026-01-01 10:00:00 UTC [7] PANIC:  could not write",
    "error: Uncaught (in promise) Error: boom",
    "\x1b[31merror\x1b[0m: Module not found",
  ];
  const routine = [
    '{"level":"info","message":"an error was handled"}',
    "[12] 2026/01/01 10:00:00.0 [INF] Server is ready",
    "2026-01-01 10:00:00 UTC [7] LOG:  checkpoint starting",
    "2026-01-01 10:00:00 UTC [9] FATAL:  the database system is starting up",
    "Warning Permissions in the config file is an experimental feature",
  ];
  for (const line of alarming) strictEqual(isAlarming(line), true, line);
  for (const line of routine) strictEqual(isAlarming(line), false, line);
});

Deno.test("a lost connection to NATS is shown, and so is its return", () => {
  const lost = '{"level":"WARN","message":"NATS connection: \\"disconnect\\"","server":"x"}';
  const back = '{"level":"INFO","message":"NATS connection: reconnected","type":"reconnect"}';
  strictEqual(isAlarming(lost), true);
  strictEqual(isAlarming(back), true);
  strictEqual(readable(lost), "lost its connection to NATS; it reconnects by itself");
  strictEqual(readable(back), "is connected to NATS again");
});

Deno.test("a structured line is shown as a sentence, any other one as it is", () => {
  const line = '{"@timestamp":"2026","level":"WARN","message":"Lost the server","x":1}';
  strictEqual(readable(line), "WARN Lost the server");
  strictEqual(readable('{"level":"ERROR","message":"m","error":"e"}'), "ERROR m: e");
  strictEqual(readable("{not json"), "{not json");
  strictEqual(readable("plain"), "plain");
});
