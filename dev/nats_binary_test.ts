import { deepStrictEqual, match, rejects, strictEqual } from "node:assert/strict";
import { fileFromTarGz, fileFromZip } from "./_archive.ts";
import { type NatsSource, NotHere } from "./_nats_source.ts";
import { natsServerBinary } from "./nats_binary.ts";

async function fakeServer(dir: string, version: string): Promise<string> {
  const path = await Deno.makeTempFile({ dir });
  await Deno.writeTextFile(path, `#!/bin/sh\necho "nats-server: v${version}"\n`);
  await Deno.chmod(path, 0o755);
  return path;
}

const source = (label: string, acquire: () => Promise<string>): NatsSource => ({
  label,
  timeLimitMs: 5_000,
  acquire,
});

Deno.test({
  name: "sources are tried in order until one gives a new enough server, each with a line",
  ignore: Deno.build.os === "windows",
  async fn() {
    const dir = await Deno.makeTempDir();
    const said: string[] = [];
    const old = await fakeServer(dir, "2.9.10");
    const good = await fakeServer(dir, "2.15.1");
    try {
      const path = await natsServerBinary({
        targetDir: dir,
        say: (line) => said.push(line),
        sources: [
          source("first", () => Promise.reject(new NotHere("none"))),
          source("second", () => Promise.reject(new Error("no route"))),
          source("third", () => Promise.resolve(old)),
          source("fourth", () => Promise.resolve(good)),
          source("fifth", () => Promise.reject(new Error("must not be asked"))),
        ],
      });
      strictEqual(path, good);
      strictEqual(said.length, 4);
      match(said[0] ?? "", /first: none/);
      match(said[1] ?? "", /second: failed: no route/);
      match(said[2] ?? "", /third: version 2\.9\.10 is older than 2\.14\.0/);
      match(said[3] ?? "", /fourth, version 2\.15\.1/);
    } finally {
      await Deno.remove(dir, { recursive: true });
    }
  },
});

Deno.test("when no source works the sentence says what to do", async () => {
  const none = source("only", () => Promise.reject(new NotHere("none")));
  await rejects(
    () => natsServerBinary({ sources: [none], targetDir: "unused", say: () => {} }),
    /put nats-server on PATH, or set NATS_URL/,
  );
});

Deno.test("one file is taken out of a zip and out of a tar.gz", async () => {
  // Made with `zip` and `tar`: a file "d/scripts/x" with the content "hello hello hello\n".
  const zip = Uint8Array.fromBase64(ZIP);
  const tarGz = Uint8Array.fromBase64(TAR_GZ);
  const wanted = (name: string) => name.endsWith("/x");
  const text = (bytes: Uint8Array | undefined) => bytes && new TextDecoder().decode(bytes);
  deepStrictEqual(text(await fileFromZip(zip, wanted)), "hello hello hello\n");
  deepStrictEqual(text(await fileFromTarGz(tarGz, wanted)), "hello hello hello\n");
  strictEqual(await fileFromZip(zip, () => false), undefined);
});

const ZIP = [
  "UEsDBBQAAAAIANxsdV0gNVjZBwAAAAUAAAADAAAAZC9hyy/JSC0CAFBLAwQUAAAACADcbHVdO3yK3wsAAAASAAAA",
  "CwAAAGQvc2NyaXB0cy94y0jNyclXyECQXABQSwECFAMUAAAACADcbHVdIDVY2QcAAAAFAAAAAwAAAAAAAAAAAAAA",
  "pIEAAAAAZC9hUEsBAhQDFAAAAAgA3Gx1XTt8it8LAAAAEgAAAAsAAAAAAAAAAAAAAKSBKAAAAGQvc2NyaXB0cy94",
  "UEsFBgAAAAACAAIAagAAAFwAAAAAAA==",
].join("");

const TAR_GZ = [
  "H4sIAPCeAWsC/+3TMQqFMBBF0aldhTtIjDH7ERUUBCWJ4PKNVvr7r4j3FPOGaaZ6rarl33TirD0y+c2kOu373ZXG",
  "Sa7lBkuItU8v5Zum2Hde8FWtCo0f5hjU+lz/jbn2v9DalvT/Dn03jlN+mhmdAAAAAAAAAAAAAAAAeJMNlOq1/QAo",
  "AAA=",
].join("");
