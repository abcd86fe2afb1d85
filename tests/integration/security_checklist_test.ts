/**
 * Holds the table of the security page against the tests it names: every item of the checklist has a row, every
 * test that is named exists, what is not covered says so, and every threat is answered by items that are tested.
 */
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";

const ROOT = new URL("../../", import.meta.url);
const PAGE = await readFile(new URL("edge/SECURITY.md", ROOT), "utf8");

const range = (from: number, to: number) =>
  Array.from({ length: to - from + 1 }, (_, i) => `D${from + i}`);
/** What the edge answers for; the others are about NATS, Postgres, the release, the cluster and the log. */
const ITEMS = [...range(1, 25), ...range(28, 31), ...range(35, 38)];

interface Row {
  readonly item: string;
  readonly state: string;
  readonly text: string;
  readonly tests: readonly (readonly [file: string, name: string])[];
}

/** Cells of the lines that begin with an id like `D1` or `T1`. */
function cellsOf(letter: string): string[][] {
  return PAGE.split("\n")
    .filter((line) => RegExp(`^\\| ${letter}\\d+ \\|`).test(line))
    .map((line) => line.slice(1, -1).split(" | ").map((cell) => cell.trim()));
}

const rows = cellsOf("D").map(([item = "", state = "", text = "", tests = ""]): Row => ({
  item,
  state,
  text,
  tests: [...tests.matchAll(/`([^`]+)` "([^"]+)"/g)]
    .map(([, file = "", name = ""]) => [file, name] as const),
}));

Deno.test("every item of the checklist has one row, and every row is of the checklist", () => {
  assert.deepEqual(rows.map(({ item }) => item), ITEMS);
});

Deno.test("what is held or partly held names tests, and what is missing is said", () => {
  for (const { item, state, text, tests } of rows) {
    assert.match(state, /^(held|partly|open)$/, item);
    assert.equal(tests.length > 0, state !== "open", `${item} names tests`);
    assert.equal(text.includes("**Open:**"), state !== "held", `${item} says what is missing`);
  }
});

Deno.test("every test that the checklist names exists in the file it names", async () => {
  const named = rows.flatMap(({ item, tests }) => tests.map((test) => [item, ...test] as const));
  assert.ok(named.length > ITEMS.length, `${named.length} tests are named`);
  for (const [item, file, name] of named) {
    assert.match(file, /_test\.ts$/, item);
    const source = await readFile(new URL(file, ROOT), "utf8");
    const found = [`"${name}",`, `\`${name}\`,`].some((literal) => source.includes(literal));
    assert.ok(found, `${item}: ${file} has no test "${name}"`);
  }
});

Deno.test("every threat is answered by items of the checklist that are tested", () => {
  const threats = cellsOf("T");
  assert.ok(threats.length >= 8, `${threats.length} threats`);
  const tested = new Set(rows.filter(({ state }) => state !== "open").map(({ item }) => item));
  const answering = new Set<string>();
  for (const [threat = "", , , answers = ""] of threats) {
    const items = answers.match(/D\d+/g) ?? [];
    assert.ok(items.some((item) => tested.has(item)), `${threat} is answered`);
    for (const item of items) {
      assert.ok(ITEMS.includes(item), `${threat}: ${item}`);
      answering.add(item);
    }
  }
  // The last item is this list of threats itself.
  assert.deepEqual(ITEMS.filter((item) => !answering.has(item)), ["D38"]);
});
