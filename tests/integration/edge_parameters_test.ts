/**
 * What the document says of parameters without a value, for every one of every route: it is refused by its name,
 * or, where old clients send it so, as good as none.
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
