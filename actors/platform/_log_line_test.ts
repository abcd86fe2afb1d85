/** What a line of the log tells of errors, those of a real Postgres first of all. */
import assert from "node:assert/strict";
import { configureSync, getLogger, type LogRecord, resetSync } from "@logtape/logtape";
import { logLine } from "./_log_line.ts";
import { connectPostgres } from "./postgres.ts";

/** The line, and what it holds, of what `message` with `properties` is logged as. */
function told(message: string, properties: Record<string, unknown>) {
  const records: LogRecord[] = [];
  configureSync({
    sinks: { kept: (record) => void records.push(record) },
    loggers: [
      { category: ["test"], lowestLevel: "error", sinks: ["kept"] },
      { category: ["logtape", "meta"], lowestLevel: "error", sinks: ["kept"] },
    ],
  });
  try {
    getLogger(["test"]).error(message, properties);
  } finally {
    resetSync();
  }
  const [record] = records;
  assert.ok(record);
  const line = logLine(record, "edge");
  return { line, fields: JSON.parse(line) as Readonly<Record<string, unknown>> };
}

async function refusedRow(): Promise<Error> {
  const sql = connectPostgres(Deno.env.get("TEST_DATABASE_URL") ?? "", { name: "test", max: 1 });
  try {
    await sql`create temporary table secrets (id int not null, hash text not null, note text not null)`;
    await sql`insert into secrets (id, hash) values (1, 'canary-hash')`;
  } catch (error) {
    assert.ok(error instanceof Error);
    return error;
  } finally {
    await sql.end();
  }
  return assert.fail("the row is taken");
}

Deno.test("of an error of Postgres the row that it is about is not told, in properties, causes or messages", async () => {
  const error = await refusedRow();
  assert.match(String((error as { readonly detail?: unknown }).detail), /canary-hash/);
  const wrapped = new Error("Cannot store", { cause: error });
  const several = new AggregateError([error, wrapped], "Both failed");
  for (
    const properties of [
      { error },
      { error: wrapped },
      { error: several },
      { error: "none", context: { of: [{ error }] } },
    ]
  ) {
    const { line } = told("Unexpected failure: {error}", properties);
    assert.doesNotMatch(line, /canary-hash|Failing row/);
    assert.match(line, /"code":"23502"/);
    assert.match(line, /"message":"null value in column \\"note\\"/);
  }
});

Deno.test("an error is told by its name, code, message and stack, and in the sentence by name and message", () => {
  const error = Object.assign(new TypeError("No such thing"), { code: "ENOENT", path: "/secret" });
  const { fields } = told("It failed: {error}", { error, id: "a" });
  assert.equal(fields["message"], 'It failed: "TypeError: No such thing"');
  assert.deepEqual(fields["error"], {
    name: "TypeError",
    code: "ENOENT",
    message: "No such thing",
    stack: error.stack,
  });
  assert.deepEqual([fields["process"], fields["id"], fields["level"]], ["edge", "a", "ERROR"]);
});

Deno.test("what is no error is told as it is, and no circle of causes holds up the log", () => {
  const at = new Date(0);
  const { fields } = told("Seen {count}", { count: 2, list: [1, null], at, nested: { a: "b" } });
  assert.equal(fields["message"], "Seen 2");
  assert.deepEqual(fields["list"], [1, null]);
  assert.deepEqual([fields["at"], fields["nested"]], [at.toISOString(), { a: "b" }]);
  const error = new Error("Round and round");
  error.cause = error;
  assert.match(told("{error}", { error }).line, /Round and round/);
});
