/** Text that people write stays text wherever the edge puts it into HTML. */
import assert from "node:assert/strict";
import { MARKUP_PAYLOADS } from "../support/markup_payloads.ts";
import { assertProblem, groupOf, type Person, send, somebody } from "./_edge_client.ts";

/** Every tag with the names of its attributes, as a browser would find them. */
function tagsOf(html: string): string[] {
  const tags = html.match(/<[/!?a-z](?:"[^"]*"|'[^']*'|[^>"'])*>/gi) ?? [];
  return tags.map((tag) => tag.replaceAll(/="[^"]*"|='[^']*'/g, "=")).sort();
}

/** The workspace of a group of `names.length` todos. */
async function workspace(person: Person, group: string, titles: readonly string[]) {
  const id = await groupOf(person, group);
  const answer = await send("POST", "/api/v1/commands", {
    token: person.token,
    body: {
      atomic: true,
      commands: titles.map((title) => ({ type: "todo.create", group_id: id, payload: { title } })),
    },
  });
  assert.equal(answer.status, 200, answer.text);
  const page = await send("GET", `/ui/workspace?group_id=${id}`, { token: person.token });
  assert.equal(page.status, 200);
  return page.text;
}

Deno.test("titles and names with markup add no tag and no attribute to the server's HTML", async () => {
  assert.equal(MARKUP_PAYLOADS.length, 60);
  const [good, evil] = await Promise.all([somebody(), somebody()]);
  const plain = await workspace(good, "Group", MARKUP_PAYLOADS.map(() => "Title"));
  const html = await workspace(evil, '"><script>alert("name")</script>', MARKUP_PAYLOADS);
  assert.ok(tagsOf(plain).length > MARKUP_PAYLOADS.length, "each todo has a tag of its own");
  assert.deepEqual(tagsOf(html), tagsOf(plain));
  assert.equal(
    tagsOf(html + MARKUP_PAYLOADS[0]).length,
    tagsOf(plain).length + 2,
    "a tag more is found",
  );
});

Deno.test("no text with markup can be the name of a user", async () => {
  for (const username of MARKUP_PAYLOADS) {
    const body = { username, password: "correct horse battery" };
    assertProblem(await send("POST", "/api/v1/auth/register", { body }), 422, "validation");
  }
});

Deno.test("a refusal that quotes markup is no HTML", async () => {
  const { token } = await somebody();
  const evil = "<script>alert(1)</script>";
  const answers = [
    await send("GET", `/${encodeURIComponent(evil)}`),
    await send("GET", `/api/v1/todos?group_id=${encodeURIComponent(evil)}`, { token }),
    await send("POST", "/api/v1/command", { token, body: { [evil]: evil } }),
    await send("POST", "/api/v1/auth/register", { body: { username: evil, password: "x" } }),
  ];
  for (const { status, headers } of answers) {
    assert.ok(status >= 400 && status < 500);
    assert.equal(headers.get("content-type"), "application/problem+json");
    assert.equal(headers.get("x-content-type-options"), "nosniff");
  }
});

Deno.test("no page lets a script make HTML, code or a script's address of text", async () => {
  for (const path of ["/", "/login", "/app", "/docs"]) {
    const { status, headers } = await send("GET", path);
    assert.equal(status, 200, path);
    const policy = (headers.get("content-security-policy") ?? "").split("; ");
    for (
      const rule of [
        "default-src 'none'",
        "object-src 'none'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
        "require-trusted-types-for 'script'",
        "trusted-types 'none'",
        "report-to csp",
        "report-uri /csp-reports",
      ]
    ) assert.ok(policy.includes(rule), `${path}: ${rule}`);
    assert.equal(headers.get("reporting-endpoints"), 'csp="/csp-reports"', path);
    assert.doesNotMatch(policy.join(), /unsafe-(inline|eval|hashes)|script-src[^;]*(\*|https?:)/);
  }
});
