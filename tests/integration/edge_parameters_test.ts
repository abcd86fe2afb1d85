/**
 * What the document says of parameters without a value, for every one of every route: it is refused by its name,
 * or, where old clients send it so, as good as none. And of parameters that it does not name.
 */
import assert from "node:assert/strict";
import { setting } from "../support/eventually.ts";
import { Api } from "./_api_document.ts";
import { assertProblem, groupOf, send, somebody } from "./_edge_client.ts";

interface Parameter {
  readonly name: string;
  readonly in: string;
  readonly required?: boolean;
  readonly allowEmptyValue?: boolean;
}

/** Tags of the operations that pass over what they do not know. */
const PASSING_OVER = new Set(["Pages", "Description", "Health"]);

Deno.test("a parameter without a value is refused by its name, unless the document allows it", async () => {
  const api = await Api.read();
  const owner = await somebody();
  const group = await groupOf(owner);
  const counts = { refused: 0, allowed: 0 };
  for (const { method, path, operation } of api.places) {
    const parameters = (operation.parameters ?? []) as readonly Parameter[];
    const queries = parameters.filter((parameter) => parameter.in === "query");
    const isAdmin = operation.security.some((each) => "opsToken" in each);
    const token = isAdmin ? setting("TEST_OPS_TOKEN") : owner.token;
    // In place of ids: right ones where a wrong one would be refused before the parameter is looked at.
    const address = path.replace("{group_id}", group).replaceAll(/\{[^}]*_id\}/g, group);
    const ask = (empty: string | undefined) => {
      const given = queries.filter(({ name, required }) => required && name !== empty)
        .map(({ name }) => [name, group]);
      const query = new URLSearchParams(given);
      if (empty !== undefined) query.set(empty, "");
      return send(method, `${address}?${query}`, { token });
    };
    for (const { name, allowEmptyValue } of queries) {
      const told = `${method} ${path} ${name}`;
      const answer = await ask(name);
      if (allowEmptyValue) {
        const without = await ask(undefined);
        assert.deepEqual([answer.status, answer.text], [without.status, without.text], told);
        counts.allowed++;
      } else {
        assertProblem(answer, 400, "malformed");
        assert.equal(answer.body.errors?.[0]?.parameter, name, `${told} ${answer.text}`);
        counts.refused++;
      }
    }
  }
  assert.ok(counts.refused >= 12 && counts.allowed >= 6, JSON.stringify(counts));
});

Deno.test("a parameter that the document does not name is refused with the name that may be meant", async () => {
  const api = await Api.read();
  const owner = await somebody();
  const group = await groupOf(owner);
  let refused = 0;
  for (const { method, path, operation } of api.places) {
    const [tag = ""] = operation.tags;
    if (PASSING_OVER.has(tag)) continue;
    const isAdmin = operation.security.some((each) => "opsToken" in each);
    const token = isAdmin ? setting("TEST_OPS_TOKEN") : owner.token;
    const address = path.replaceAll(/\{[^}]*_id\}/g, group).replace("{sequence}", "1");
    const body = operation.requestBody ? { body: {} } : {};
    const answer = await send(method, `${address}?surprise=1`, { token, ...body });
    assertProblem(answer, 400, "malformed");
    const told = `${method} ${path} ${answer.text}`;
    assert.equal(answer.body.errors?.[0]?.parameter, "surprise", told);
    assert.equal(answer.body.errors?.[0]?.code, "unknown", told);
    refused++;
  }
  assert.ok(refused >= 40, `${refused}`);
  const twice = await send("GET", `/api/v1/todos?group_id=${group}&filter=done&filter=p1`, owner);
  assertProblem(twice, 400, "malformed");
  assert.equal(twice.body.errors?.[0]?.parameter, "filter");
  const near = await send("GET", `/api/v1/todos?group_id=${group}&filtr=done`, owner);
  assertProblem(near, 400, "malformed");
  assert.match(near.text, /did you mean \\"filter\\"/);
});

Deno.test("pages and probes pass over parameters that they do not know", async () => {
  const { token } = await somebody();
  for (const path of ["/", "/login", "/app", "/docs", "/openapi.json", "/livez", "/ui/workspace"]) {
    assert.equal((await send("GET", `${path}?v=1`, { token })).status, 200, path);
  }
});
