// @ts-check
/**
 * Checks an exported log of a group (GET /api/v1/audit/export) on its own: this file needs nothing of the
 * product, imports nothing, and runs on Deno and on Node from 20.16 on:
 *
 *   deno run --allow-read verify_export.mjs export.ndjson [--head HASH]
 *   node verify_export.mjs export.ndjson [--head HASH]
 *
 * Ends with status 0 and the head's hash when the chain holds, with 1 and the first place where it breaks when
 * it does not, with 2 when there is nothing to check. A tail that was cut off, with the last line written
 * anew, looks like a shorter log: only --head, a hash that was noted down earlier, shows that.
 */

const FORMAT = "todo-1m-log/1";
const LONGEST_LINE = 16 * 1024 * 1024;
const NEWLINE = 10;
const SEALED = /^(\{.*),"seal":"([0-9a-f]{64})"\}$/s;
const HASH = /^[0-9a-f]{64}$/;

/**
 * @typedef {{ line: number, from: number, to: number, what: string, sequence?: number, version?: number }} Break
 * The first place that is wrong: line from 1, bytes of the file from `from` to before `to`.
 * @typedef {{ valid: true, group: string, messages: number, events: number, head: string, sequence: number,
 *   foundHead?: { line: number, version: number } }} Sound
 * @typedef {{ valid: false, at: Break }} Broken
 * @typedef {{ number: number, from: number, bytes: Uint8Array, ended: boolean }} Line
 * @typedef {{ [field: string]: unknown }} Fields
 */

class Breach extends Error {
  /** @param {Break} at */
  constructor(at) {
    super(at.what);
    this.at = at;
  }
}

/**
 * Checks an export.
 *
 * @param {AsyncIterable<Uint8Array>} chunks the file's bytes, in order
 * @param {{ head?: string }} [options] `head`: hash of a message that must be in it
 * @returns {Promise<Sound | Broken>}
 */
export async function verifyExport(chunks, options = {}) {
  const checker = new Checker(options.head);
  try {
    for await (const line of linesOf(chunks)) await checker.take(line);
    return checker.finish();
  } catch (error) {
    if (error instanceof Breach) return { valid: false, at: error.at };
    throw error;
  }
}

/** Follows the chain line by line. */
class Checker {
  #wanted;
  #seal = "";
  #hash = "";
  #group = "";
  #sequence = 0;
  #version = 0;
  #messages = 0;
  #lines = 0;
  #bytes = 0;
  #isEnded = false;
  /** @type {{ line: number, version: number } | undefined} */
  #foundHead;

  /** @param {string | undefined} wanted */
  constructor(wanted) {
    this.#wanted = wanted;
  }

  /** @param {Line} line */
  async take(line) {
    this.#lines = line.number;
    this.#bytes = line.from + line.bytes.length;
    const text = textOf(line);
    const [, body = "", seal = ""] = SEALED.exec(text) ?? [];
    /** @param {string} content */
    const fits = async (content) => await sha256(encode(this.#seal + content)) === seal;
    const isSealed = body !== "" && await fits(body);
    const fields = fieldsOf(text);
    if (!fields) throw breach(line, "is not the JSON that an export has in a line");
    if (line.number === 1) this.#takeHead(line, fields);
    else if (this.#isEnded) throw breach(line, "follows the last line");
    else if ("end" in fields) this.#takeEnd(line, fields);
    else await this.#takeMessage(line, { text, body, fields, fits });
    // After the more telling faults; nothing else may have changed either.
    if (!isSealed) {
      throw breach(line, "was changed, or is not the line that followed: its seal is not right");
    }
    if (!line.ended) throw breach(line, "does not end: the file was cut off");
    this.#seal = seal;
  }

  /** @returns {Sound} */
  finish() {
    const at = { line: this.#lines + 1, from: this.#bytes, to: this.#bytes };
    if (!this.#isEnded) throw new Breach({ ...at, what: "is missing: the file was cut off" });
    if (this.#wanted !== undefined && !this.#foundHead) {
      const what =
        `is where ${this.#wanted} was to come at the latest: no message has that hash. ` +
        "The log was cut off before it, or is another one";
      throw new Breach({ ...at, what });
    }
    return {
      valid: true,
      group: this.#group,
      messages: this.#messages,
      events: this.#version,
      head: this.#hash,
      sequence: this.#sequence,
      ...(this.#foundHead ? { foundHead: this.#foundHead } : {}),
    };
  }

  /**
   * @param {Line} line
   * @param {Fields} fields
   */
  #takeHead(line, fields) {
    if (fields.format !== FORMAT) throw breach(line, `is not the head of a file of ${FORMAT}`);
    this.#group = String(fields.group_id);
  }

  /**
   * @param {Line} line
   * @param {Fields} fields
   */
  #takeEnd(line, fields) {
    if (fields.messages !== this.#messages) {
      throw breach(line, `counts ${fields.messages} messages, there are ${this.#messages}`);
    }
    if (fields.head !== this.#hash) {
      throw breach(line, `names ${fields.head} as the last hash, which is ${this.#hash}`);
    }
    this.#isEnded = true;
  }

  /**
   * @param {Line} line
   * @param {{ text: string, body: string, fields: Fields, fits: (body: string) => Promise<boolean> }} read
   */
  async #takeMessage(line, { text, body, fields, fits }) {
    const { sequence, hash, prevhash } = fields;
    const payload = payloadOf(fields);
    if (typeof sequence !== "number" || typeof hash !== "string" || !payload) {
      throw breach(line, "lacks a field that messages have");
    }
    const version = this.#version + 1;
    const place = { sequence, version };
    const real = await sha256(payload);
    if (real !== hash) {
      // With which of the two put right does the seal fit?
      const isHash = await fits(withText(body, "hash", real));
      const part = isHash ? "hash" : "payload" in fields ? "payload" : "payload_base64";
      throw new Breach({
        ...partOf(line, text, part),
        ...place,
        what:
          `has a ${part} that was changed: the payload's hash is ${real}, the line says ${hash}`,
      });
    }
    if (prevhash !== this.#hash) {
      const named = `it names ${prevhash || "no message"} as the one before it, which is ${
        this.#hash || "none"
      }`;
      const isAlone = await fits(withText(body, "prevhash", this.#hash));
      throw new Breach({
        ...partOf(line, text, "prevhash"),
        ...place,
        what: isAlone
          ? `has a prevhash that was changed: ${named}`
          : `does not follow: ${named}. The message before it was changed, or some are missing, ` +
            "repeated or moved here",
      });
    }
    if (sequence <= this.#sequence) {
      throw new Breach({
        ...partOf(line, text, "sequence"),
        ...place,
        what: `has sequence ${sequence}, which does not lie above ${this.#sequence}`,
      });
    }
    const events = eventsOf(payload);
    if (!events) throw new Breach({ ...whole(line), ...place, what: "holds no events" });
    for (const [i, event] of events.entries()) {
      if (Number(event?.sequence) === version + i && event?.partitionkey === this.#group) continue;
      const what =
        `holds version ${event?.sequence} of group ${event?.partitionkey} where version ` +
        `${version + i} of group ${this.#group} was to come`;
      throw new Breach({ ...whole(line), ...place, what });
    }
    this.#version += events.length;
    this.#messages++;
    this.#sequence = sequence;
    this.#hash = hash;
    if (hash === this.#wanted) this.#foundHead = { line: line.number, version: this.#version };
  }
}

/**
 * `body` with another text in its field `name`, whatever stands there now, escapes too; a payload comes after it.
 *
 * @param {string} body
 * @param {"hash" | "prevhash"} name
 * @param {string} text
 */
function withText(body, name, text) {
  return body.replace(new RegExp(`"${name}":"(?:[^"\\\\]|\\\\.)*"`), `"${name}":"${text}"`);
}

/**
 * The lines of the file; the last one may lack its end.
 *
 * @param {AsyncIterable<Uint8Array>} chunks
 * @returns {AsyncGenerator<Line>}
 */
async function* linesOf(chunks) {
  let number = 1;
  let from = 0;
  let rest = new Uint8Array();
  for await (const chunk of chunks) {
    const bytes = new Uint8Array(rest.length + chunk.length);
    bytes.set(rest);
    bytes.set(chunk, rest.length);
    let start = 0;
    for (
      let end = bytes.indexOf(NEWLINE, rest.length);
      end >= 0;
      end = bytes.indexOf(NEWLINE, start)
    ) {
      yield { number, from, bytes: bytes.subarray(start, end), ended: true };
      number++;
      from += end + 1 - start;
      start = end + 1;
    }
    rest = bytes.slice(start);
    if (rest.length > LONGEST_LINE) {
      throw new Breach({ line: number, from, to: from + rest.length, what: "is too long" });
    }
  }
  if (rest.length > 0) yield { number, from, bytes: rest, ended: false };
}

/** @param {Line} line */
function textOf(line) {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(line.bytes);
  } catch (error) {
    if (error instanceof TypeError) throw breach(line, "is not UTF-8");
    throw error;
  }
}

/**
 * @param {string} text
 * @returns {Fields | undefined}
 */
function fieldsOf(text) {
  const value = parse(text);
  return typeof value === "object" && value !== null && !Array.isArray(value)
    ? /** @type {Fields} */ (value)
    : undefined;
}

/**
 * @param {Uint8Array} payload
 * @returns {({ sequence?: unknown, partitionkey?: unknown } | null)[] | undefined}
 */
function eventsOf(payload) {
  const value = parse(new TextDecoder().decode(payload));
  return Array.isArray(value) && value.length > 0 ? value : undefined;
}

/**
 * @param {string} text
 * @returns {unknown}
 */
function parse(text) {
  try {
    return JSON.parse(text);
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

/**
 * The stored bytes.
 *
 * @param {Fields} fields
 */
function payloadOf({ payload, payload_base64 }) {
  if (typeof payload === "string") return encode(payload);
  if (typeof payload_base64 !== "string") return undefined;
  try {
    return Uint8Array.from(atob(payload_base64), (char) => char.charCodeAt(0));
  } catch (error) {
    if (error instanceof DOMException) return undefined;
    throw error;
  }
}

/** @param {string} text */
function encode(text) {
  return new TextEncoder().encode(text);
}

/** @param {Uint8Array<ArrayBuffer>} bytes */
async function sha256(bytes) {
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
  return Array.from(digest, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

/**
 * @param {Line} line
 * @param {string} what
 */
function breach(line, what) {
  return new Breach({ ...whole(line), what });
}

/** @param {Line} line */
function whole({ number, from, bytes }) {
  return { line: number, from, to: from + bytes.length };
}

/**
 * Where in the file the field `name` of the line is.
 *
 * @param {Line} line
 * @param {string} text
 * @param {string} name
 */
function partOf(line, text, name) {
  const found = RegExp(`"${name}":("[^"\\\\]*(?:\\\\.[^"\\\\]*)*"|[^,}]*)`, "s").exec(text);
  if (!found) return whole(line);
  const from = line.from + encode(text.slice(0, found.index)).length;
  return { line: line.number, from, to: from + encode(found[0]).length };
}

/** @typedef {{ argv: string[], exitCode?: number, getBuiltinModule: (name: string) => unknown }} Process */

/**
 * @param {string} path
 * @returns {Promise<AsyncIterable<Uint8Array>>}
 */
async function open(path) {
  if ("Deno" in globalThis) return (await Deno.open(path)).readable;
  const node = /** @type {{ process: Process }} */ (/** @type {unknown} */ (globalThis));
  const fs = /** @type {{ promises: { open: (path: string) => Promise<unknown> } }} */ (node.process
    .getBuiltinModule("node:fs"));
  const file = /** @type {{ createReadStream: () => AsyncIterable<Uint8Array> }} */ (await fs
    .promises.open(path));
  return file.createReadStream();
}

/**
 * @param {readonly string[]} args
 * @returns {Promise<number>} the status to end with
 */
async function main(args) {
  const [path, option, head, ...more] = args;
  const isAsked = option === undefined || option === "--head" && HASH.test(head ?? "");
  if (path === undefined || !isAsked || more.length > 0) {
    console.error(
      "Usage: verify_export.mjs export.ndjson [--head SHA-256 in 64 hexadecimal digits]",
    );
    return 2;
  }
  let verdict;
  try {
    verdict = await verifyExport(await open(path), head === undefined ? {} : { head });
  } catch (error) {
    console.error(`Cannot read ${path}: ${error instanceof Error ? error.message : error}`);
    return 2;
  }
  if (!verdict.valid) {
    const { line, from, to, what, sequence, version } = verdict.at;
    const message = sequence === undefined ? "" : `, sequence ${sequence}, version ${version}`;
    console.log(`BROKEN at line ${line} (bytes ${from} to ${to}${message}): the line ${what}`);
    return 1;
  }
  const { group, messages, events, sequence, foundHead } = verdict;
  console.log(`valid: ${messages} messages, ${events} events of group ${group}`);
  console.log(`head: ${verdict.head} (version ${events}, sequence ${sequence})`);
  console.log(
    foundHead
      ? `The expected head is there: line ${foundHead.line}, version ${foundHead.version}`
      : "A tail that was cut off does not show: note the head down, and give it as --head next time",
  );
  return 0;
}

const runtime = /** @type {{ Deno?: { args: string[], exit: (status: number) => never },
  process?: Process }} */
  (/** @type {unknown} */ (globalThis));
const meta = /** @type {{ main?: boolean, filename?: string }} */ (import.meta);

/** Whether this file was started, by whatever link: who is in doubt runs, since silence would look like a proof. */
function isStarted() {
  if (meta.main !== undefined) return meta.main;
  const started = runtime.process?.argv[1];
  const fs = /** @type {{ realpathSync: (path: string) => string } | undefined} */
    (runtime.process?.getBuiltinModule?.("node:fs"));
  if (started === undefined || !fs || !meta.filename) return started !== undefined;
  return fs.realpathSync(started) === fs.realpathSync(meta.filename);
}

if (isStarted()) {
  const status = await main(runtime.Deno?.args ?? runtime.process?.argv.slice(2) ?? []);
  if (runtime.Deno) runtime.Deno.exit(status);
  else if (runtime.process) runtime.process.exitCode = status;
}
