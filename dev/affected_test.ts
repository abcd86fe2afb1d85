import { deepStrictEqual } from "node:assert/strict";
import { affectedBy, shownChanges } from "./_affected.ts";

const restartFor = (...paths: string[]) => affectedBy(paths).restart;

Deno.test("a change restarts the processes whose code it is part of", () => {
  const all = ["group-host", "projector", "streamer", "edge"];
  deepStrictEqual(restartFor("actors/protocol/event.ts"), all);
  deepStrictEqual(restartFor("actors/platform/nats.ts"), all);
  deepStrictEqual(restartFor("actors/group/decide.ts"), ["group-host", "streamer"]);
  deepStrictEqual(restartFor("actors/host/main.ts"), ["group-host"]);
  deepStrictEqual(restartFor("actors/stream/sse.ts"), ["streamer"]);
  deepStrictEqual(restartFor("actors/projection/main.ts"), ["projector"]);
  deepStrictEqual(restartFor("edge/auth/jwt.ts", "actors/host/a.ts"), ["group-host", "edge"]);
});

Deno.test("a page or a style rebuilds the assets and restarts the edge", () => {
  deepStrictEqual(affectedBy(["web/styles/app.css"]), {
    restart: ["edge"],
    rebuildAssets: true,
    migrate: false,
  });
});

Deno.test("a migration is applied without a restart", () => {
  deepStrictEqual(affectedBy(["migrations/2_more.sql"]), {
    restart: [],
    rebuildAssets: false,
    migrate: true,
  });
});

Deno.test("tests, built files and editors' files concern nothing", () => {
  const paths = [
    "edge/a_test.ts",
    "web/assets/x.js",
    "edge/.main.ts.swp",
    "edge/4913",
    "README.md",
  ];
  deepStrictEqual(affectedBy(paths), { restart: [], rebuildAssets: false, migrate: false });
});

Deno.test("a change is named by the file that was saved, not by the one an editor made for it", () => {
  const changed = ["actors/host/sedeRjQQe", "actors/host/new.tmp.ts", "actors/host/host.ts"];
  const exists = (path: string) => path === "actors/host/host.ts";
  deepStrictEqual(shownChanges(changed, exists), ["actors/host/host.ts"]);
  deepStrictEqual(shownChanges(["edge/gone.ts"], exists), ["edge/gone.ts"]);
});
