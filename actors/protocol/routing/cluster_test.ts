import assert from "node:assert/strict";
import { type HostReport, hostReportSubject, parseHostReport } from "./cluster.ts";

const report: HostReport = {
  host_id: "a",
  name: "group-host",
  started_at: "2026-11-21T00:00:00.000Z",
  code_version: "1",
  draining: false,
  blocks: [{ block: 7, cursor: 12, pending: 1 }],
  resident_actors: 3,
  actor_bytes: 0,
  commands: 9,
  takeovers: { dead: 0, handed: 1 },
};
const bytes = (value: unknown) => new TextEncoder().encode(JSON.stringify(value));

Deno.test("a report is read as it was sent", () => {
  assert.deepEqual(parseHostReport(bytes(report)), report);
  assert.equal(hostReportSubject("a"), "svc.host.report.a");
});

Deno.test("what is no report is not read", () => {
  const wrong = [{ ...report, blocks: 7 }, { ...report, blocks: [{ block: -1 }] }, null, "text"];
  for (const value of wrong) assert.equal(parseHostReport(bytes(value)), undefined);
  assert.equal(parseHostReport(new TextEncoder().encode("{")), undefined);
});
