/**
 * The signing key is changed while the processes run: its files are replaced the way Kubernetes replaces
 * those of a secret, by a link to another folder.
 */
import assert from "node:assert/strict";
import { mkdir, readdir, rename, rm, symlink, writeFile } from "node:fs/promises";
import { decodeProtectedHeader, exportJWK, generateKeyPair, type JWK } from "@panva/jose";
import { freePort, permissionFlags } from "../../dev/mod.ts";
import { spawnEdge, status, tokenOf, withEdge } from "./_edge_process.ts";
import { until } from "./_until.ts";

const PATIENCE_MS = 10_000;

interface Key {
  readonly privateJwk: string;
  readonly publicJwk: JWK;
}

async function keyNamed(kid: string): Promise<Key> {
  const { privateKey, publicKey } = await generateKeyPair("EdDSA", { extractable: true });
  return {
    privateJwk: JSON.stringify({ ...await exportJWK(privateKey), kid }),
    publicJwk: { ...await exportJWK(publicKey), kid },
  };
}

const setOf = (...keys: Key[]) => JSON.stringify({ keys: keys.map(({ publicJwk }) => publicJwk) });

/** A folder as Kubernetes mounts a secret: every file is a link through `..data`. */
class MountedSecret {
  readonly dir: string;
  #version = 0;

  constructor(dir: string) {
    this.dir = dir;
  }

  path(name: string): string {
    return `${this.dir}/${name}`;
  }

  /** Replaces all files at once. */
  async put(files: Readonly<Record<string, string>>): Promise<void> {
    const version = `..${++this.#version}`;
    await mkdir(this.path(version));
    for (const [name, text] of Object.entries(files)) {
      await writeFile(`${this.path(version)}/${name}`, text);
    }
    await symlink(version, this.path("..next"));
    await rename(this.path("..next"), this.path("..data"));
    const present = await readdir(this.dir);
    for (const name of Object.keys(files).filter((name) => !present.includes(name))) {
      await symlink(`..data/${name}`, this.path(name));
    }
  }
}

async function withSecret(run: (secret: MountedSecret) => Promise<void>): Promise<void> {
  const dir = await Deno.makeTempDir({ prefix: "todo1m-keys-" });
  try {
    await run(new MountedSecret(dir));
  } finally {
    await rm(dir, { recursive: true });
  }
}

const groupsWith = (url: string, token: string) =>
  status(`${url}/api/v1/groups`, { headers: { authorization: `Bearer ${token}` } });

async function publishedIds(url: string): Promise<(string | undefined)[]> {
  const response = await fetch(`${url}/.well-known/jwks.json`);
  const { keys } = await response.json() as { keys: JWK[] };
  return keys.map(({ kid }) => kid);
}

Deno.test("the edge signs with another key without a restart, and tokens of the last one count as long as the set says", () =>
  withSecret(async (secret) => {
    const [last, next] = [await keyNamed("last"), await keyNamed("next")];
    const put = (signing: string, jwks: string) =>
      secret.put({ "signing_key.json": signing, "jwks.json": jwks });
    await put(last.privateJwk, setOf(last));
    const settings = {
      SIGNING_KEY_FILE: secret.path("signing_key.json"),
      JWKS_FILE: secret.path("jwks.json"),
    };
    await withEdge(async ({ url, process, log }) => {
      const early = await tokenOf(url);
      assert.equal(decodeProtectedHeader(early).kid, "last");
      assert.deepEqual(await publishedIds(url), ["last"]);

      await put('{"d":"secret-text', setOf(last, next));
      await until(() => log().includes("Settings stay as they were"), PATIENCE_MS, log);
      assert.match(log(), /SIGNING_KEY is no private Ed25519 key/);
      assert.doesNotMatch(log(), /secret-text/);
      assert.equal(decodeProtectedHeader(await tokenOf(url)).kid, "last");

      await put(next.privateJwk, setOf(last, next));
      await until(async () => (await publishedIds(url))[0] === "next", PATIENCE_MS, log);
      assert.deepEqual(await publishedIds(url), ["next", "last"]);
      const late = await tokenOf(url);
      assert.equal(decodeProtectedHeader(late).kid, "next");
      for (const token of [early, late]) assert.equal(await groupsWith(url, token), 200);

      await put(next.privateJwk, setOf(next));
      await until(async () => (await groupsWith(url, early)) === 401, PATIENCE_MS, log);
      assert.equal(await groupsWith(url, late), 200);
      process.kill("SIGTERM");
      assert.equal((await process.status).code, 0, log());
    }, settings);
  }));

Deno.test("the streamer takes another key set without a restart", () =>
  withSecret(async (secret) => {
    const [last, next] = [await keyNamed("last"), await keyNamed("next")];
    await secret.put({ "jwks.json": setOf(last) });
    await withEdge(async ({ url, nats }) => {
      const token = await tokenOf(url);
      const port = freePort();
      const env = {
        NATS_URL: nats.url,
        PORT: `${port}`,
        ENVIRONMENT: "development",
        JWKS_FILE: secret.path("jwks.json"),
      };
      const streamer = new Deno.Command(Deno.execPath(), {
        args: ["run", "-P=streamer", ...permissionFlags("streamer", env), "actors/stream/main.ts"],
        cwd: new URL("../..", import.meta.url),
        env,
        stdout: "null",
        stderr: "null",
      }).spawn();
      try {
        const answers = (code: number) =>
          until(async () => {
            const headers = { authorization: `Bearer ${token}` };
            const found = await status(`http://127.0.0.1:${port}/events?group_id=none`, {
              headers,
            });
            return found === code;
          }, PATIENCE_MS);
        await answers(401);
        await secret.put({ "jwks.json": setOf(last, next) });
        // The group is not the caller's, whom it knows now.
        await answers(404);
        await secret.put({ "jwks.json": setOf(last) });
        await answers(401);
      } finally {
        streamer.kill("SIGTERM");
        assert.equal((await streamer.status).code, 0);
      }
    }, { SIGNING_KEY: next.privateJwk });
  }));

Deno.test("a key that is given twice, or whose file is not there, stops the start with a sentence", () =>
  withSecret(async (secret) => {
    const key = await keyNamed("key");
    await secret.put({ "signing_key.json": key.privateJwk });
    const path = secret.path("signing_key.json");
    const cases: [settings: Record<string, string>, reason: RegExp][] = [
      [
        { SIGNING_KEY: key.privateJwk, SIGNING_KEY_FILE: path },
        /Cannot start: SIGNING_KEY and SIGNING_KEY_FILE are both set/,
      ],
      [
        { SIGNING_KEY_FILE: secret.path("none.json") },
        /none\.json\\?" cannot be read \(NotFound\)/,
      ],
    ];
    for (const [settings, reason] of cases) {
      const edge = await spawnEdge({
        NATS_URL: "nats://127.0.0.1:1",
        DATABASE_URL: "postgres://nobody@127.0.0.1:1/none",
        ...settings,
      });
      const { code } = await edge.process.status;
      await edge.logged;
      assert.equal(code, 1);
      assert.match(edge.log(), reason);
    }
  }));
