import { deepStrictEqual, strictEqual, throws } from "node:assert/strict";
import { hostsOption, refuseArguments } from "./_arguments.ts";
import { processNames, serviceOf } from "./_services.ts";

Deno.test("there is one group host unless more are asked for", () => {
  strictEqual(hostsOption([]), 1);
  strictEqual(hostsOption(["--hosts", "3"]), 3);
  strictEqual(hostsOption(["--hosts=2"]), 2);
});

Deno.test("an argument that is not understood is refused with the one that is", () => {
  for (const args of [["--hosts"], ["--hosts", "0"], ["--hosts", "many"], ["--hosts", "1.5"]]) {
    throws(() => hostsOption(args), /takes a number from 1 to 16/);
  }
  throws(() => hostsOption(["--host", "3"]), /use: --hosts N/);
  throws(() => hostsOption(["--hosts", "3", "4"]), /use: --hosts N/);
});

Deno.test("a task without arguments refuses them before it stops anything", async () => {
  refuseArguments("down", []);
  throws(() => refuseArguments("down", ["--help"]), /"--help" .* use: deno task down/);
  for (const task of ["down", "clean"]) {
    const text = await Deno.readTextFile(new URL(`${task}.ts`, import.meta.url));
    const first = text.indexOf(`refuseArguments("${task}", Deno.args)`);
    strictEqual(first > 0 && first < text.indexOf("await stopRunningStack"), true, task);
  }
});

Deno.test("group hosts are numbered from the second on, and are all of one kind", () => {
  deepStrictEqual(processNames("group-host", 3), ["group-host", "group-host-2", "group-host-3"]);
  deepStrictEqual(processNames("edge", 3), ["edge"]);
  for (const name of processNames("group-host", 12)) strictEqual(serviceOf(name), "group-host");
  strictEqual(serviceOf("postgres"), undefined);
});
