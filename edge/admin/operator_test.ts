import assert from "node:assert/strict";
import { KeptLog } from "../../actors/platform/testing/mod.ts";
import { ProblemError } from "../../actors/protocol/mod.ts";
import { adminOf, TOKEN } from "./_testing.ts";
import type { OperatorRoute } from "./operator.ts";

const routes: OperatorRoute[] = [
  { method: "GET", path: "/admin/thing", handle: () => Promise.resolve(Response.json("done")) },
  {
    method: "POST",
    path: "/admin/refusal",
    handle: () => Promise.reject(new ProblemError({ code: "conflict", detail: "No" })),
  },
];

Deno.test("only who shows the ops token gets in", async () => {
  const send = adminOf(routes);
  assert.equal((await send("GET", "/admin/thing")).body, "done");
  assert.equal((await send("GET", "/admin/thing", `bearer   ${TOKEN} `)).body, "done");
  const refused = [
    "",
    "Bearer ",
    `Bearer ${TOKEN}x`,
    `Bearer ${TOKEN.slice(0, -1)}`,
    `Bearer ${TOKEN.toUpperCase()}`,
    `Basic ${btoa(`ops:${TOKEN}`)}`,
    TOKEN,
    "Bearer eyJhbGciOiJFZERTQSJ9.eyJzdWIiOiJhbmEifQ.c2ln",
    `Bearer ${"x".repeat(8_000)}`,
  ];
  for (const authorization of refused) {
    const answer = await send("GET", "/admin/thing", authorization);
    assert.equal(answer.status, 401, authorization);
    assert.equal(answer.headers.get("content-type"), "application/problem+json");
    assert.match(answer.headers.get("www-authenticate") ?? "", /^Bearer/);
    assert.equal(answer.problem?.code, "unauthenticated");
  }
});

Deno.test("without a token in the settings there is no admin API", async () => {
  const send = adminOf(routes, { token: "" });
  for (const authorization of ["", "Bearer ", "Bearer undefined", `Bearer ${TOKEN}`]) {
    assert.equal((await send("GET", "/admin/thing", authorization)).status, 404);
  }
  assert.equal((await send("OPTIONS", "/admin/thing")).status, 404);
});

Deno.test("guesses are counted per address, and one's guesses do not lock others out", async () => {
  const send = adminOf(routes, { limit: 5 });
  for (let i = 0; i < 5; i++) {
    assert.equal((await send("GET", "/admin/thing", `Bearer guess-${i}`)).status, 401);
  }
  const limited = await send("GET", "/admin/thing");
  assert.equal(limited.status, 429);
  assert.ok(Number(limited.headers.get("retry-after")) > 0);
  assert.equal((await send("GET", "/admin/thing", undefined, "203.0.113.8")).status, 200);
});

Deno.test("every act and every refusal is a line in the audit log, without the token", async () => {
  using kept = new KeptLog("info", ["audit"]);
  const { records } = kept;
  const send = adminOf(routes);
  await send("GET", "/admin/thing");
  await send("POST", "/admin/refusal");
  await send("GET", "/admin/thing", "Bearer wrong");
  assert.deepEqual(
    records.map(({ level, properties: { method, path, result, address } }) =>
      [level, method, path, result, address].join(" ")
    ),
    [
      "info GET /admin/thing 200 203.0.113.7",
      "info POST /admin/refusal conflict 203.0.113.7",
      "warning GET /admin/thing refused 203.0.113.7",
    ],
  );
  assert.doesNotMatch(JSON.stringify(records), /wrong|an-ops-token/);
  for (const { properties } of records) {
    assert.match(`${properties["request_id"]}`, /^[0-9a-f]{32}$/);
  }
});
