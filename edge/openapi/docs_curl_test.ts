import assert from "node:assert/strict";
import fc from "fast-check";
import { curlCommand } from "./docs_curl.ts";

const plain = { method: "GET", path: "/a", security: [], responses: {} };

Deno.test("a request names only what is needed", () => {
  assert.equal(curlCommand(plain), 'curl "$API/a"');
  const parameters = [
    { name: "id", in: "path", required: true, example: "a b" },
    { name: "group_id", in: "query", required: true, example: "g&h" },
    { name: "limit", in: "query", example: 50 },
    { name: "Prefer", in: "header", example: "respond-async" },
  ];
  assert.equal(
    curlCommand({ ...plain, method: "DELETE", path: "/a/{id}", parameters }),
    'curl -X DELETE "$API/a/a%20b?group_id=g%26h"',
  );
});

Deno.test("a token, a body and a stream are asked for as curl takes them", () => {
  const content = { "application/json": { examples: { one: { value: { name: "Ana's" } } } } };
  assert.equal(
    curlCommand({
      ...plain,
      method: "POST",
      security: [{ accessToken: [] }],
      requestBody: { content },
      responses: { 200: { content: { "text/event-stream": {} } } },
    }),
    [
      'curl -N "$API/a" \\',
      '  -H "Authorization: Bearer $TOKEN" \\',
      '  -H "Content-Type: application/json" \\',
      `  -d '{"name":"Ana'\\''s"}'`,
    ].join("\n"),
  );
});

Deno.test("whatever a body holds, the shell hands it over as it is", async () => {
  const odd = fc.constantFrom("'", "'\\''", "$(id)", '"`', "\\", "\n", "é🌱");
  const texts = fc.sample(fc.array(fc.oneof(odd, fc.string()), { maxLength: 5 }), 200)
    .map((parts) => parts.join(""));
  const commands = texts.map((example) =>
    curlCommand({
      ...plain,
      method: "POST",
      requestBody: { content: { "text/plain": { example } } },
    })
  );
  const script = ["curl() { printf '%s\\0' \"$5\"; }", ...commands].join("\n");
  const { stdout } = await new Deno.Command("sh", { args: ["-c", script] }).output();
  const heard = new TextDecoder().decode(stdout).split("\0").slice(0, -1);
  assert.deepEqual(heard, texts.map((each) => JSON.stringify(each)));
});
