/**
 * Bodies say that they are JSON. What a page of another site can have a browser send without asking first is
 * not taken from it; what clients of other systems send is.
 */
import assert from "node:assert/strict";
import { Api } from "./_api_document.ts";
import { assertProblem, freshName, groupOf, send, somebody } from "./_edge_client.ts";

const FORM = "application/x-www-form-urlencoded";
const PASSWORD = "correct horse battery";

Deno.test("no route takes a body that says that it is something else, and each says what it takes", async () => {
  const api = await Api.read();
  const { token } = await somebody();
  const places = api.places.filter(({ operation }) => operation.requestBody);
  assert.ok(places.length > 12, `${places.length} routes take bodies`);
  for (const { method, path, operation } of places) {
    const [[type, media] = []] = Object.entries(operation.requestBody?.content ?? {});
    const [first] = Object.values(media?.examples ?? {});
    const address = path.replaceAll(/\{[^}]*\}/g, "1");
    for (const said of ["text/plain", "text/plain;charset=UTF-8", "multipart/form-data", "x"]) {
      const answer = await api.send(method, address, {
        token,
        body: media?.example ?? first?.value,
        headers: { "content-type": said },
      });
      assertProblem(answer, 415, "unsupported-media-type");
      assert.equal(answer.body.errors?.[0]?.header, "Content-Type", `${method} ${path}`);
      assert.ok(answer.headers.get("accept")?.split(", ").includes(type ?? ""), `${type}`);
    }
  }
});

Deno.test("every way to say JSON is taken, and curl's, and none, in every dialect", async () => {
  const owner = await somebody();
  const { token } = owner;
  const group_id = await groupOf(owner);
  const title = "Flowers";
  const calls: [path: string, body: object, status: number][] = [
    ["/api/v1/command", { group_id, title }, 202],
    ["/api/v1/command", { type: "todo.create", group_id, payload: { title } }, 201],
    ["/api/tasks", { title }, 201],
    ["/api/v1/groups", { name: "Launch" }, 201],
  ];
  const types = ["application/json; charset=utf-8", "application/vnd.todo+json", FORM, ""];
  for (const [path, body, status] of calls) {
    for (const type of types) {
      const headers: Record<string, string> = type === "" ? {} : { "content-type": type };
      // Bytes: of a text the client would say that it is one.
      const bytes = new TextEncoder().encode(JSON.stringify(body));
      const answer = await fetch(`${Deno.env.get("TEST_EDGE_URL")}${path}`, {
        method: "POST",
        headers: { ...headers, authorization: `Bearer ${token}` },
        body: bytes,
      });
      assert.equal(answer.status, status, `${path} ${type} ${await answer.text()}`);
    }
  }
});

Deno.test("what browsers send for a page of another site without asking first is not taken", async () => {
  const credentials = { username: freshName(), password: PASSWORD };
  const register = (headers: Record<string, string>) =>
    send("POST", "/api/v1/auth/register", { body: credentials, headers });
  const pages = [
    { origin: "https://evil.example" },
    { origin: "null" },
    { "sec-fetch-site": "cross-site" },
    { "sec-fetch-site": "same-site", origin: "https://other.todo.example" },
  ];
  for (const page of pages) {
    for (const type of [FORM, "text/plain", "multipart/form-data; boundary=x"]) {
      assertProblem(await register({ ...page, "content-type": type }), 415);
    }
  }
  assert.equal((await register({ "content-type": FORM })).status, 201);
});
