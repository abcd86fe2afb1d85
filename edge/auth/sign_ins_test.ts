import assert from "node:assert/strict";
import type { LogRecord } from "@logtape/logtape";
import { createMetrics, logger, TrustedProxies } from "../../actors/platform/mod.ts";
import { KeptLog } from "../../actors/platform/testing/mod.ts";
import { ProblemError } from "../../actors/protocol/mod.ts";
import { createEdge } from "../app.ts";
import { type Route, Telemetry } from "../http/mod.ts";
import { asIfDescribed } from "../openapi/testing/mod.ts";
import type { Session } from "./service.ts";
import { audited } from "./sign_ins.ts";

const proxies = new TrustedProxies([]);
const SESSION: Session = {
  token: "secret-token",
  access_token: "secret-token",
  refresh_token: "secret-refresh",
  user_id: "ana-id",
  username: "ana",
  expires_in: 60,
};

/** The records of the audit log, and the lines of the requests, of attempts that end as they may. */
async function told(): Promise<{ records: LogRecord[]; users: unknown[] }> {
  const users: unknown[] = [];
  const attempts: Readonly<Record<string, () => Promise<Session>>> = {
    "/done": () => Promise.resolve(SESSION),
    "/refused": () => {
      throw new ProblemError({ code: "unauthenticated", detail: "secret-detail" });
    },
    "/broken": () => Promise.reject(new Error("secret-detail")),
  };
  const routes = Object.entries(attempts).map(([path, attempt]): Route => ({
    method: "GET",
    path,
    access: "public",
    handle: async (context) =>
      Response.json(await audited(context, { act: "login", proxies }, attempt)),
  }));
  const edge = createEdge({
    routes: asIfDescribed(routes),
    authenticate: () => assert.fail("nobody has a token yet"),
    proxies,
    onLimited: () => {},
    corsOrigins: [],
    telemetry: new Telemetry(createMetrics("test"), logger("edge.test"), {
      add: (line) => void users.push(JSON.parse(line).user_id),
    }),
    log: logger("edge.test"),
  });
  using kept = new KeptLog("info", ["audit"]);
  for (const path of Object.keys(attempts)) {
    await edge(new Request(`http://edge${path}`), "203.0.113.7");
  }
  return { records: kept.records, users };
}

Deno.test("each sign-in and each that failed is a line in the audit log, without a secret", async () => {
  const { records } = await told();
  assert.deepEqual(
    records.map(({ level, properties: { act, result, user_id, address } }) =>
      [level, act, result, user_id, address].join(" ")
    ),
    [
      "info login done ana-id 203.0.113.7",
      "warning login unauthenticated  203.0.113.7",
      "warning login failed  203.0.113.7",
    ],
  );
  assert.doesNotMatch(JSON.stringify(records), /secret/);
});

Deno.test("the line of a request that signs somebody in names the user", async () => {
  const { users } = await told();
  assert.deepEqual(users, ["ana-id", undefined, undefined]);
});
