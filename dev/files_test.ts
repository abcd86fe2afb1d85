import { rejects, strictEqual } from "node:assert/strict";
import { isFile, readIfThere, removeIfThere, statIfThere } from "./_files.ts";

Deno.test("what is not there is an answer, and what is there is read and removed", async () => {
  const dir = await Deno.makeTempDir();
  try {
    const path = `${dir}/file`;
    for (const absent of [path, `${dir}/none/file`]) {
      strictEqual(await statIfThere(absent), undefined);
      strictEqual(await readIfThere(absent), undefined);
      await removeIfThere(absent);
    }
    await Deno.writeTextFile(path, "text");
    strictEqual(await readIfThere(`${path}/below`), undefined, "a file holds no other one");
    strictEqual(await readIfThere(path), "text");
    strictEqual(await isFile(path), true);
    strictEqual(await isFile(dir), false);
    await removeIfThere(path);
    strictEqual(await isFile(path), false);
  } finally {
    await removeIfThere(dir);
  }
});

Deno.test("a failure that says something else is thrown", async () => {
  const dir = await Deno.makeTempDir();
  try {
    await rejects(readIfThere(dir));
  } finally {
    await removeIfThere(dir);
  }
});
