import { deepStrictEqual, ok } from "node:assert/strict";
import { parseRequest, selectGroups } from "./_test_groups.ts";

const exists = (path: string) => /^(\.\/)?(actors|tests|edge)/.test(path);
const select = (...args: string[]) =>
  selectGroups(parseRequest(args, exists)).map(({ name, paths }) => [name, ...paths]);

Deno.test("without paths every group runs", () => {
  deepStrictEqual(select("--", "--filter", "x").map(([name]) => name), [
    "unit",
    "simulation",
    "integration",
    "goals",
    "chaos",
    "browser",
  ]);
});

Deno.test("a path runs only in the group it belongs to", () => {
  deepStrictEqual(select("--", "./tests/browser/live_test.ts"), [
    ["browser", "tests/browser/live_test.ts"],
  ]);
  deepStrictEqual(select("actors/group/"), [["unit", "actors/group"]]);
});

Deno.test("a folder above several groups runs what it holds of each", () => {
  deepStrictEqual(select("tests"), [
    ["unit", "tests/bench", "tests/capacity", "tests/structure", "tests/support"],
    ["simulation", "tests/simulation", "tests/sessions"],
    ["integration", "tests/integration"],
    ["goals", "tests/goals"],
    ["chaos", "tests/chaos"],
    ["browser", "tests/browser"],
  ]);
});

Deno.test("options and their values go to deno test, other words are refused", () => {
  deepStrictEqual(parseRequest(["--", "edge", "--filter", "login", "typo"], exists), {
    paths: ["edge"],
    flags: ["--filter", "login"],
    unknown: ["typo"],
    onFloor: false,
  });
});

Deno.test("no test of the repository is left out of the groups", () => {
  const listed = new Deno.Command("git", { args: ["ls-files", "*_test.ts", "*_test.tsx"] })
    .outputSync();
  const tests = new TextDecoder().decode(listed.stdout).split("\n").filter(Boolean);
  ok(tests.length > 0);
  deepStrictEqual(
    tests.filter((path) => selectGroups(parseRequest([path], () => true)).length === 0),
    [],
  );
});
