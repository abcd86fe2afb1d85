import assert from "node:assert/strict";
import { problemOfStore, storeFaultOf } from "./store_errors.ts";

const failed = (code: unknown) => Object.assign(new Error("no"), { code });

/** Codes by what they say, and the problem that is answered with. */
const TABLE = [
  ["away", "unavailable", [
    ...["ECONNREFUSED", "ECONNRESET", "ECONNABORTED", "EHOSTUNREACH", "ENETUNREACH", "EAI_AGAIN"],
    ...["CONNECTION_CLOSED", "CONNECT_TIMEOUT", "08000", "08001", "08003", "08006", "08P01"],
    ...["53000", "53200", "53300", "53400", "57P01", "57P02", "57P03", "57P05", "57014", "25006"],
  ]],
  ["contended", "unavailable", ["40001", "40P01", "55P03"]],
  ["full", "storage-full", ["53100"]],
  ["data", "malformed", ["22021", "22P05", "22003"]],
  // Every other error is ours.
  [undefined, undefined, ["23505", "42601", "25001", "220", "57000", 22021, undefined]],
] as const;

for (const [fault, problem, codes] of TABLE) {
  Deno.test(`of an error of Postgres, ${fault ?? "none of these"} is answered with ${problem ?? "internal"}`, () => {
    for (const code of codes) {
      assert.equal(storeFaultOf(failed(code)), fault, String(code));
      assert.equal(problemOfStore(failed(code))?.code, problem, String(code));
    }
  });
}
