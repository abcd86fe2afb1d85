/** The API's document tells the truth of an edge that has too little: no quota left, nobody who decides. */
import assert from "node:assert/strict";
import { newId } from "../../actors/protocol/mod.ts";
import { Api } from "./_api_document.ts";
import { type Site, tokenOf, withEdge } from "./_edge_process.ts";

/** Sends a request to the edge of `site`; fails when its document says otherwise of the answer. */
async function ask(
  { url }: Site,
  api: Api,
  request: { method: string; path: string; token?: string; body?: unknown; prefer?: string },
): Promise<number> {
  const { method, path, token, body, prefer } = request;
  const answer = await fetch(url + path, {
    method,
    headers: {
      "content-type": "application/json",
      ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
      ...(prefer === undefined ? {} : { prefer }),
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const { status, headers } = answer;
  api.judge(method, path, { status, headers, text: await answer.text() });
  return status;
}

async function documentOf({ url }: Site): Promise<Api> {
  return new Api(await (await fetch(`${url}/openapi.json`)).json());
}

Deno.test("requests beyond a quota are refused as the document says", () =>
  withEdge(async (site) => {
    const api = await documentOf(site);
    const token = await tokenOf(site.url);
    const reads = { method: "GET", path: "/api/v1/groups", token };
    assert.deepEqual([await ask(site, api, reads), await ask(site, api, reads)], [200, 429]);
    const body = { username: "nobody", password: "none" };
    const login = { method: "POST", path: "/api/v1/auth/login", body };
    assert.deepEqual([await ask(site, api, login), await ask(site, api, login)], [401, 429]);
  }, { RATE_LIMIT_READS: "1", RATE_LIMIT_AUTH: "2" }));

Deno.test("commands that nobody decides are answered as the document says", () =>
  withEdge(async (site) => {
    const api = await documentOf(site);
    const token = await tokenOf(site.url);
    const command_id = newId();
    const group_id = command_id;
    const sent = { method: "POST", path: "/api/v1/command", token };
    const body = { type: "group.create", command_id, payload: { name: "x" } };
    assert.equal(await ask(site, api, { ...sent, body, prefer: "respond-async" }), 202);
    assert.equal(await ask(site, api, { ...sent, body: { ...body, command_id: newId() } }), 202);
    assert.equal(await ask(site, api, { ...sent, body: { group_id, title: "x" } }), 202);
    const list = { commands: [{ type: "todo.create", group_id, payload: { title: "x" } }] };
    const lists = { ...sent, path: "/api/v1/commands" };
    assert.equal(await ask(site, api, { ...lists, body: list }), 200);
    assert.equal(await ask(site, api, { ...lists, body: { ...list, atomic: true } }), 202);
    const outcome = `/api/v1/commands/${command_id}?group_id=${group_id}`;
    assert.equal(await ask(site, api, { method: "GET", path: outcome, token }), 202);
    const group = { method: "POST", path: "/api/v1/groups", token, body: { name: "x" } };
    assert.equal(await ask(site, api, group), 202);
    const deletion = { method: "DELETE", path: `/api/v1/groups/${group_id}`, token };
    assert.equal(await ask(site, api, deletion), 202);
    const task = { method: "POST", path: "/api/tasks", token, body: { title: "x" } };
    // Its board would have to be made first.
    assert.equal(await ask(site, api, task), 503);
  }));

Deno.test("an edge that passes on no streams and has no operators does not describe them", () =>
  withEdge(async (site) => {
    const { places } = await documentOf(site);
    const paths = places.map(({ path }) => path);
    assert.ok(paths.includes("/api/v1/command"));
    assert.deepEqual(paths.filter((path) => /^\/(events|sse)|admin/.test(path)), []);
  }));
