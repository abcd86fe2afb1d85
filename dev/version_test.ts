import { deepStrictEqual, strictEqual } from "node:assert/strict";
import { formatVersion, isAtLeast, parseVersion } from "./_version.ts";

Deno.test("a version is found in what nats-server prints", () => {
  deepStrictEqual(parseVersion("nats-server: v2.15.1\n"), [2, 15, 1]);
  deepStrictEqual(parseVersion("nats-server: v2.14.0-RC.1"), [2, 14, 0]);
  strictEqual(parseVersion("command not found"), undefined);
  strictEqual(formatVersion([2, 9, 10]), "2.9.10");
});

Deno.test("versions are compared by number, not by text", () => {
  strictEqual(isAtLeast([2, 14, 0], [2, 14, 0]), true);
  strictEqual(isAtLeast([2, 9, 10], [2, 14, 0]), false);
  strictEqual(isAtLeast([3, 0, 0], [2, 14, 0]), true);
  strictEqual(isAtLeast([2, 14, 2], [2, 14, 10]), false);
});
