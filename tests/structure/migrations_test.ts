/** The migrations as files: what two changes made side by side break, before a database is there to tell. */
import assert from "node:assert/strict";

const DIRECTORY = new URL("../../migrations/", import.meta.url);

Deno.test("every migration has a version of its own, goes up and comes down", async () => {
  const byVersion = new Map<string, string>();
  for await (const { name } of Deno.readDir(DIRECTORY)) {
    const [, version] = /^(\d{14})_[a-z0-9_]+\.sql$/.exec(name) ?? [];
    assert.ok(version, `"${name}" is no migration's name`);
    assert.equal(byVersion.get(version), undefined, `"${name}" has the version of another`);
    byVersion.set(version, name);
    const text = await Deno.readTextFile(new URL(name, DIRECTORY));
    assert.match(text, /^-- migrate:up\n[\s\S]+\n-- migrate:down\n/, name);
  }
  assert.ok(byVersion.size > 0);
});
