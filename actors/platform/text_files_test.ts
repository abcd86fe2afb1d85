import assert from "node:assert/strict";
import { ConfigError, readTextSource } from "./config.ts";
import { pause } from "./pause.ts";
import { followTexts, readTexts } from "./text_files.ts";

const LOOK_MS = 20;

async function withFile(run: (path: string) => Promise<void>): Promise<void> {
  const path = await Deno.makeTempFile();
  try {
    await run(path);
  } finally {
    await Deno.remove(path);
  }
}

Deno.test("a setting is a text or a file that holds it, and never both", () => {
  const read = (text: string, path: string, fallback?: string) => {
    Deno.env.set("SOME_KEY", text);
    Deno.env.set("SOME_KEY_FILE", path);
    return readTextSource("SOME_KEY", fallback);
  };
  assert.deepEqual(read("text", ""), { text: "text" });
  assert.deepEqual(read("", "/keys/a"), { path: "/keys/a" });
  assert.deepEqual(read("", "", "none"), { text: "none" });
  assert.throws(() => read("", ""), ConfigError);
  assert.throws(() => read("text", "/keys/a"), /SOME_KEY and SOME_KEY_FILE are both set/);
});

Deno.test("a file that is not there stops the start with its path", () =>
  assert.rejects(
    readTexts([{ text: "a" }, { path: "/nowhere/key.json" }]),
    (error) =>
      error instanceof ConfigError && /"\/nowhere\/key.json".*NotFound/.test(error.message),
  ));

Deno.test("a changed file is taken over, one that cannot be used or read is not, and the next is", () =>
  withFile(async (path) => {
    const sources = [{ text: "fixed" }, { path }];
    const tried: string[] = [];
    const taken: string[] = [];
    await Deno.writeTextFile(path, "one");
    const texts = await readTexts(sources);
    assert.deepEqual(texts, ["fixed", "one"]);
    using _following = followTexts(sources, {
      texts,
      everyMs: LOOK_MS,
      take: ([first, text = ""]) => {
        assert.equal(first, "fixed");
        tried.push(text);
        if (text === "broken") throw new ConfigError("Cannot start: it is broken");
        taken.push(text);
      },
    });
    for (const text of ["broken", "two"]) {
      await Deno.writeTextFile(`${path}.next`, text);
      await Deno.rename(`${path}.next`, path);
      await pause(5 * LOOK_MS);
    }
    await Deno.rename(path, `${path}.away`);
    await pause(3 * LOOK_MS);
    await Deno.writeTextFile(`${path}.away`, "three");
    await Deno.rename(`${path}.away`, path);
    await pause(5 * LOOK_MS);
    assert.deepEqual(tried, ["broken", "two", "three"]);
    assert.deepEqual(taken, ["two", "three"]);
  }));

Deno.test("once it is disposed of nobody looks at the file any more", () =>
  withFile(async (path) => {
    const taken: string[] = [];
    const following = followTexts([{ path }], {
      texts: [""],
      everyMs: LOOK_MS,
      take: ([text = ""]) => void taken.push(text),
    });
    following[Symbol.dispose]();
    await Deno.writeTextFile(path, "late");
    await pause(5 * LOOK_MS);
    assert.deepEqual(taken, []);
  }));
