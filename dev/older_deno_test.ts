import assert from "node:assert/strict";
import { DevError } from "./_error.ts";
import { isFile } from "./_files.ts";
import { olderDeno } from "./older_deno.ts";

Deno.test("a program that says another version is not taken, nor kept", async () => {
  const targetDir = await Deno.makeTempDir({ prefix: "todo-1m-older-deno-" });
  try {
    const names = ["linux-x64-glibc", "linux-arm64-glibc", "darwin-x64", "darwin-arm64"];
    for (const name of names) {
      const folder = `${targetDir}/node_modules/@deno/${name}`;
      await Deno.mkdir(folder, { recursive: true });
      await Deno.writeTextFile(`${folder}/deno`, "#!/bin/sh\necho deno 9.9.9\n", { mode: 0o755 });
    }
    await assert.rejects(olderDeno({ targetDir }), (error) => {
      assert.ok(error instanceof DevError);
      assert.equal(error.code, "download-failed");
      assert.match(error.message, /cannot be had from npm.*says "deno 9\.9\.9"/);
      return true;
    });
    assert.equal(await isFile(`${targetDir}/node_modules/@deno/${names[0]}/deno`), false);
  } finally {
    await Deno.remove(targetDir, { recursive: true }).catch((error: unknown) => {
      if (!(error instanceof Deno.errors.NotFound)) throw error;
    });
  }
});
