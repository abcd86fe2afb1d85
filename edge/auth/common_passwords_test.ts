import assert from "node:assert/strict";
import { isCommonPassword } from "./common_passwords.ts";

Deno.test("the most used passwords are known, in capitals or not; others are not among them", async () => {
  for (const password of ["password", "12345678", "PASSWORD123", "Iloveyou1", "qwertyuiop"]) {
    assert.equal(await isCommonPassword(password), true, password);
  }
  for (const password of ["correct horse battery", "a tea kettle by the sea", "Ünïcödé-9"]) {
    assert.equal(await isCommonPassword(password), false, password);
  }
});
