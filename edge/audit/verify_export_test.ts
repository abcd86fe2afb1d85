/** The verifier against damage of every kind: it finds it, and says where it begins. */
import assert from "node:assert/strict";
import fc from "fast-check";
import { hashOf } from "../../actors/protocol/routing/mod.ts";
import { commits, exported, GROUP, linked } from "./_testing.ts";
import { verifyExport } from "./verify_export.mjs";

const SIZES = [1, 3, 1, 2, 1];
const PAYLOADS = commits(SIZES);
const TEXT = exported(linked(PAYLOADS));
const BYTES = new TextEncoder().encode(TEXT);
const LINES = TEXT.split("\n").slice(0, -1);
const HEAD = hashOf(PAYLOADS.at(-1) ?? new Uint8Array());

/** The bytes in chunks that end anywhere. */
function* chunksOf(bytes: Uint8Array, size: number): Generator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.slice(at, at + size);
}

function verify(file: Uint8Array | string, head?: string) {
  const bytes = typeof file === "string" ? new TextEncoder().encode(file) : file;
  const chunks = ReadableStream.from(chunksOf(bytes, 1_000));
  return verifyExport(chunks, head === undefined ? {} : { head });
}

/** Fails unless damage is found at `line`; answers what was said of it. */
async function brokenAt(line: number, file: Uint8Array | string, head?: string) {
  const verdict = await verify(file, head);
  if (verdict.valid) return assert.fail(`damage of line ${line} is not found`);
  assert.equal(verdict.at.line, line, verdict.at.what);
  return verdict.at;
}

/** The line, from 1, in which byte `at` lies; the newline belongs to the line that it ends. */
function lineOf(at: number): number {
  return BYTES.subarray(0, at).filter((byte) => byte === 10).length + 1;
}

const joined = (lines: readonly string[]) => lines.map((line) => `${line}\n`).join("");

Deno.test("an export that nobody has touched is valid, in whatever pieces it comes", async () => {
  for (const size of [1, 7, 100_000]) {
    const verdict = await verifyExport(ReadableStream.from(chunksOf(BYTES, size)));
    assert.deepEqual(verdict, {
      valid: true,
      group: GROUP,
      messages: SIZES.length,
      events: 8,
      head: HEAD,
      sequence: 14,
    });
  }
});

Deno.test("one byte changed anywhere is found, in its line", async () => {
  for (let at = 0; at < BYTES.length; at++) {
    const damaged = BYTES.slice();
    damaged[at] = (damaged[at] ?? 0) ^ 1;
    await brokenAt(lineOf(at), damaged);
  }
});

Deno.test("one byte changed to any other is found, in its line", async () => {
  const position = fc.nat(BYTES.length - 1);
  await fc.assert(
    fc.asyncProperty(position, fc.integer({ min: 1, max: 255 }), async (at, difference) => {
      const damaged = BYTES.slice();
      damaged[at] = (damaged[at] ?? 0) ^ difference;
      const { from, to } = await brokenAt(lineOf(at), damaged);
      assert.ok(from <= at && at <= to + 1, `byte ${at} lies in ${from} to ${to}`);
    }),
    // The example: a digit of a hash becomes a backslash, and with the next one an escape.
    { numRuns: 2_000, examples: [[BYTES.indexOf(102, TEXT.indexOf('"hash":"') + 8), 58]] },
  );
});

Deno.test("lines that are left out, repeated or swapped are found where they begin", async () => {
  for (let i = 0; i < LINES.length; i++) {
    await brokenAt(i + 1, joined(LINES.toSpliced(i, 1)));
    await brokenAt(i + 2, joined(LINES.toSpliced(i, 0, LINES[i] ?? "")));
    for (let j = i + 1; j < LINES.length; j++) {
      await brokenAt(i + 1, joined(LINES.with(i, LINES[j] ?? "").with(j, LINES[i] ?? "")));
    }
  }
});

Deno.test("a file that was cut off anywhere is found", async () => {
  for (let length = 0; length < BYTES.length; length++) {
    const verdict = await verify(BYTES.slice(0, length));
    assert.equal(verdict.valid, false, `after ${length} bytes`);
  }
});

Deno.test("what is changed in a payload, a hash or a sequence is named with its bytes", async () => {
  const line = LINES[2] ?? "";
  const parts: [part: string, changed: string][] = [
    ['"payload":"[{', '"payload":"[ '],
    ['"prevhash":"', '"prevhash":"0'],
    ['"sequence":5', '"sequence":1'],
  ];
  for (const [part, changed] of parts) {
    assert.ok(line.includes(part), part);
    const damaged = joined(LINES.with(2, line.replace(part, changed)));
    const { from, to, what, version } = await brokenAt(3, damaged);
    const [name = ""] = /"[a-z]+"/.exec(part) ?? [];
    const region = new TextDecoder().decode(new TextEncoder().encode(damaged).slice(from, to));
    assert.ok(region.startsWith(name), `${name}: ${region} ${what}`);
    assert.equal(version, 2);
  }
});

Deno.test("a message that is changed with all its own hashes and seals breaks the chain behind it", async () => {
  const messages = linked(PAYLOADS);
  const [first, second, ...others] = messages;
  assert.ok(first && second);
  const data = new TextEncoder().encode(new TextDecoder().decode(second.data).replace("M", "S"));
  await brokenAt(4, exported([first, { ...second, data }, ...others]));
});

Deno.test("versions that are missing, and events of another group, are found in a chain that holds", async () => {
  const [one, two, three] = PAYLOADS;
  assert.ok(one && two && three);
  await brokenAt(3, exported(linked([one, three])));
  const foreign = new TextEncoder().encode(new TextDecoder().decode(two).replace(GROUP, "meadow"));
  await brokenAt(3, exported(linked([one, foreign, three])));
});

Deno.test("a log that was shortened or made anew, end and seals included, shows against a head noted down", async () => {
  const shortened = exported(linked(PAYLOADS.slice(0, -1)));
  const forged = exported(linked(commits(SIZES, "Never said")));
  for (const file of [shortened, forged]) {
    assert.equal((await verify(file)).valid, true, "the chain alone cannot show it");
    assert.equal((await verify(file, HEAD)).valid, false);
  }
  const earlier = hashOf(PAYLOADS[1] ?? new Uint8Array());
  const grown = await verify(TEXT, earlier);
  assert.ok(grown.valid);
  assert.deepEqual(grown.foundHead, { line: 3, version: 4 });
});

Deno.test("bytes that are no text are exported and checked as they are", async () => {
  const data = new Uint8Array([0x5b, 0xff, 0x5d]);
  const text = exported(linked([data]));
  assert.match(text, /"payload_base64":"W\/9d"/);
  const { what } = await brokenAt(2, text);
  assert.match(what, /no events/);
});

Deno.test("the script runs alone: it imports nothing, and its status and words say what it found", async () => {
  const script = new URL("./verify_export.mjs", import.meta.url);
  const source = await Deno.readTextFile(script);
  assert.doesNotMatch(source, /^\s*import\b|\bimport\(|\brequire\(/m);
  const dir = await Deno.makeTempDir({ prefix: "todo1m-verify-test-" });
  try {
    const alone = `${dir}/verify_export.mjs`;
    await Deno.copyFile(script, alone);
    const run = async (text: string, ...more: string[]) => {
      await Deno.writeTextFile(`${dir}/export.ndjson`, text);
      const { code, stdout } = await new Deno.Command(Deno.execPath(), {
        args: ["run", `--allow-read=${dir}`, alone, `${dir}/export.ndjson`, ...more],
        cwd: dir,
      }).output();
      return { code, told: new TextDecoder().decode(stdout) };
    };
    const sound = await run(TEXT);
    assert.equal(sound.code, 0, sound.told);
    assert.match(sound.told, new RegExp(`head: ${HEAD} \\(version 8, sequence 14\\)`));
    const damaged = await run(TEXT.replace("Milk", "Silk"));
    assert.equal(damaged.code, 1);
    assert.match(damaged.told, /^BROKEN at line 2 \(bytes \d+ to \d+, sequence 2, version 1\)/);
    const other = await run(TEXT, "--head", "0".repeat(64));
    assert.equal(other.code, 1);
    assert.equal((await run(TEXT, "--head", "zero")).code, 2);
    const { code } = await new Deno.Command(Deno.execPath(), {
      args: ["run", `--allow-read=${dir}`, alone, `${dir}/none.ndjson`],
      stderr: "null",
    }).output();
    assert.equal(code, 2, "a file that cannot be read is not a broken one");
    await assertRunsByLink(dir, alone);
  } finally {
    await Deno.remove(dir, { recursive: true });
  }
});

/** Reached by a link to its folder, too, it must not be silent: that would look like a proof. */
async function assertRunsByLink(dir: string, script: string): Promise<void> {
  const damaged = `${dir}/damaged.ndjson`;
  await Deno.writeTextFile(damaged, TEXT.replace("Milk", "Silk"));
  await Deno.symlink(dir, `${dir}/link`);
  const linked = script.replace(dir, `${dir}/link`);
  const runtimes = [[Deno.execPath(), "run", `--allow-read=${dir}`]];
  if (await hasNode()) runtimes.push(["node"]);
  for (const [command = "", ...args] of runtimes) {
    for (const path of [script, linked]) {
      const { code, stdout } = await new Deno.Command(command, { args: [...args, path, damaged] })
        .output();
      assert.equal(code, 1, `${command} ${path}`);
      assert.match(new TextDecoder().decode(stdout), /^BROKEN at line 2 /);
    }
  }
}

/** Whether there is a Node that can run the script. */
async function hasNode(): Promise<boolean> {
  try {
    const { stdout } = await new Deno.Command("node", { args: ["--version"] }).output();
    const [major = 0, minor = 0] = new TextDecoder().decode(stdout).slice(1).split(".").map(Number);
    return major > 22 || major === 22 && minor >= 3 || major === 20 && minor >= 16;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}
