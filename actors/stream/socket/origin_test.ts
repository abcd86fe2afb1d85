import assert from "node:assert/strict";
import { isOriginAllowed } from "./origin.ts";

const ALLOWED = new Set(["https://other.example", "http://127.0.0.1:3000"]);
const may = (origin: string | undefined, host: string | undefined) =>
  isOriginAllowed({ origin, host }, ALLOWED);

Deno.test("pages of the same host and of origins on the list may open a WebSocket", () => {
  assert.ok(may("https://todo.example", "todo.example"));
  assert.ok(may("https://todo.example", "TODO.example:443"));
  assert.ok(may("http://127.0.0.1:8080", "127.0.0.1:8080"));
  assert.ok(may("https://other.example", "todo.example"));
  assert.ok(may(undefined, "todo.example"), "who is no browser");
});

Deno.test("any other page may not, however near its name is", () => {
  for (
    const origin of [
      "https://evil.example",
      "https://todo.example.evil.example",
      "https://todo.example:8443",
      "https://sub.todo.example",
      "https://other.example.",
      "http://other.example",
      "https://other.example/",
      "null",
      "",
      "file://todo.example",
      "https://user@todo.example",
    ]
  ) assert.equal(may(origin, "todo.example"), false, origin);
  assert.equal(may("https://todo.example", undefined), false);
});
