import assert from "node:assert/strict";
import { corsPolicy } from "./cors.ts";

const policy = corsPolicy(["https://app.example", "http://localhost:8081"]);

function allowed(origin: string | undefined): string | undefined {
  const headers = origin === undefined ? {} : { origin };
  return policy(new Request("http://edge/", { headers }))?.["access-control-allow-origin"];
}

Deno.test("an origin on the list has access, exactly", () => {
  assert.equal(allowed("https://app.example"), "https://app.example");
  for (
    const origin of [
      undefined,
      "null",
      "http://app.example",
      "https://app.example:444",
      "https://app.example.evil.example",
      "https://evilapp.example",
      "https://app.example/",
    ]
  ) {
    assert.equal(allowed(origin), undefined, origin);
  }
});

Deno.test("the loopback names stand for each other when scheme and port agree", () => {
  for (const host of ["localhost", "127.0.0.1", "[::1]"]) {
    assert.equal(allowed(`http://${host}:8081`), `http://${host}:8081`);
    assert.equal(allowed(`https://${host}:8081`), undefined);
    assert.equal(allowed(`http://${host}:8082`), undefined);
  }
});

Deno.test("pages may use every method of the routes, and read every field that the answers speak of", () => {
  const answer = policy(
    new Request("http://edge/", { headers: { origin: "https://app.example" } }),
  );
  const methods = answer?.["access-control-allow-methods"]?.split(", ");
  assert.deepEqual(methods, ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]);
  const exposed = answer?.["access-control-expose-headers"]?.split(", ") ?? [];
  for (const name of ["Preference-Applied", "WWW-Authenticate", "Location", "ETag"]) {
    assert.ok(exposed.includes(name), name);
  }
});

Deno.test("requested header fields are allowed back, credentials never", () => {
  const answer = policy(
    new Request("http://edge/", {
      headers: {
        origin: "https://app.example",
        "access-control-request-headers": "authorization, x-other",
      },
    }),
  );
  assert.equal(answer?.["access-control-allow-headers"], "authorization, x-other");
  assert.equal(answer?.["access-control-allow-credentials"], undefined);
});
