import { strictEqual } from "node:assert/strict";
import { isNpx } from "./_launcher.ts";

Deno.test("npx is known by its command line", () => {
  strictEqual(isNpx("npm exec deno@2.9.6 task dev"), true);
  strictEqual(isNpx("node /usr/bin/npx -y deno@2.9.6 task dev"), true);
  strictEqual(isNpx("node /usr/lib/node_modules/npm/bin/npx-cli.js -y deno task dev"), true);
  strictEqual(isNpx("deno task dev"), false);
  strictEqual(isNpx("bash /home/me/npx/start.sh"), false);
});
