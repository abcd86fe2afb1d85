import { deepStrictEqual, ok } from "node:assert/strict";
import { floorGroup, leftOut } from "./_floor_group.ts";
import { rootDir } from "./_paths.ts";
import { parseRequest, selectGroups } from "./_test_groups.ts";

const files = [...Deno.readDirSync(`${rootDir}/tests/integration`)].map(({ name }) => name);

Deno.test("the floor is held by every test of the edge but those left out, and by no other", () => {
  deepStrictEqual(
    floorGroup([
      "stream_http_test.ts",
      "edge_todo1m_test.ts",
      "_edge_client.ts",
      "edge_drain_test.ts",
      "edge_taskboard_test.ts",
      "security_http_test.ts",
    ]).paths,
    [
      "tests/integration/edge_taskboard_test.ts",
      "tests/integration/edge_todo1m_test.ts",
      "tests/integration/security_http_test.ts",
    ],
  );
});

Deno.test("what is left out of the floor is there, and most is not left out", () => {
  deepStrictEqual(leftOut.filter((name) => !files.includes(name)), []);
  ok(floorGroup(files).paths.length > 4 * leftOut.length);
});

Deno.test("on the floor a path runs if its test is held there", () => {
  const select = (...args: string[]) =>
    selectGroups(parseRequest(args, () => true), [floorGroup(files)]).flatMap(({ paths }) => paths);
  const path = "tests/integration/edge_taskboard_test.ts";
  deepStrictEqual(select("--floor", path), [path]);
  deepStrictEqual(select("--floor", "tests/integration/edge_drain_test.ts"), []);
  deepStrictEqual(select("--floor", "tests/integration"), floorGroup(files).paths);
});
