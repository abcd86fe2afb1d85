/**
 * Ten thousand requests made up from the document that the edge serves: right ones, and ones with a fault in
 * path, query, header fields or body. Whatever is sent, the answer is one that the document describes, and
 * never a failure of the server; and what does not fit the document is not taken.
 */
import assert from "node:assert/strict";
import fc from "fast-check";
import { newId } from "../../actors/protocol/mod.ts";
import { type Answered, answerFaults, type Place } from "../../edge/openapi/testing/mod.ts";
import { setting } from "../support/eventually.ts";
import { Api } from "./_api_document.ts";
import { addMember, groupOf, send, somebody } from "./_edge_client.ts";
import { SchemaValues } from "./_schema_values.ts";

const REQUESTS = 10_000;
/** Properties that run at once: sends are short waits, so that two processors have something to do. */
const AT_ONCE = 8;

interface Parameter {
  readonly name: string;
  readonly in: string;
  readonly required?: boolean;
  readonly schema: Record<string, unknown>;
}

interface Request {
  readonly path: string;
  readonly headers: Record<string, string>;
  readonly body: unknown;
  readonly token: string | undefined;
}

/** What the requests are about: people, a group with todos, and tokens. */
async function scene() {
  const owner = await somebody();
  const member = await somebody();
  const group = await groupOf(owner);
  await addMember(owner, group, member);
  const command_id = newId();
  const created = await send("POST", "/api/v1/command", {
    token: owner.token,
    body: {
      type: "todo.create",
      command_id,
      group_id: group,
      payload: { title: "A", todo_id: "t" },
    },
  });
  assert.equal(created.status, 201, created.text);
  return {
    tokens: [owner.token, member.token],
    known: {
      group_id: [group, await groupOf(owner, "Other")],
      todo_id: ["t"],
      command_id: [command_id],
      user_id: [owner.userId, member.userId],
      username: [owner.username, member.username],
      task_id: ["1", "2"],
      type: ["todo.created"],
      version: ["1.json"],
      min_version: ["0", "1"],
      filter: ["!done & due<=today", "assignee:me | has:label", 'title:"A"'],
      sort: ["due,-priority", "-title"],
      q: ["a", "'"],
      tz: ["Europe/Berlin"],
      at: ["0", "2", "2026-11-22T00:00:00Z", "2999-01-01T00:00:00Z"],
      "If-Match": ['"1"', "*"],
      Prefer: ["respond-async", "wait=1"],
    },
  };
}

/** Text that a header field may have. */
const isFieldText = (text: string) => /^[\x21-\x7e]([\x20-\x7e]*[\x21-\x7e])?$/.test(text);
/** Text that is one segment of a path, and stays it. */
const isSegment = (text: string) =>
  text !== "" && text !== "." && text !== ".." && text.isWellFormed();

/** The first media type of the bodies that an operation takes, and their schema. */
function contentOf({ requestBody }: Place["operation"]) {
  const [[type, media] = []] = Object.entries(requestBody?.content ?? {});
  return { type: type ?? "application/json", schema: media?.schema };
}

class Requests {
  readonly #values: SchemaValues;
  readonly #tokens: readonly string[];

  constructor(values: SchemaValues, tokens: readonly string[]) {
    this.#values = values;
    this.#tokens = tokens;
  }

  /** Requests for `place`. */
  of({ path, operation }: Place): fc.Arbitrary<Request> {
    const parameters = (operation.parameters ?? []) as readonly Parameter[];
    const { schema } = contentOf(operation);
    const wants = (token: string) => operation.security.some((each) => token in each);
    const tokens = wants("opsToken") ? [setting("TEST_OPS_TOKEN")] : this.#tokens;
    return fc.record({
      parameters: fc.tuple(...parameters.map((each) => this.#parameter(each))),
      body: schema ? this.#body(schema as Record<string, unknown>) : fc.constant(undefined),
      token: fc.oneof(
        { weight: 30, arbitrary: fc.constantFrom(...tokens) },
        fc.constant(undefined),
      ),
    }).map(({ parameters: filled, body, token }) => {
      const given = parameters.flatMap((parameter, i) => {
        const text = filled[i];
        return text === undefined ? [] : [{ ...parameter, text }];
      });
      const at = (where: string) => given.filter((each) => each.in === where);
      const query = new URLSearchParams(at("query").map(({ name, text }) => [name, text]));
      const address = at("path").reduce(
        (left, { name, text }) => left.replace(`{${name}}`, () => encodeURIComponent(text)),
        path,
      );
      return {
        path: query.size > 0 ? `${address}?${query}` : address,
        headers: Object.fromEntries(at("header").map(({ name, text }) => [name, text])),
        body,
        token,
      };
    });
  }

  #parameter({ name, in: where, required, schema }: Parameter): fc.Arbitrary<string | undefined> {
    const texts = fc.oneof(
      { weight: 4, arbitrary: this.#values.fitting(schema, name) },
      this.#values.faulty(schema, name),
    ).map((value) => typeof value === "string" ? value : JSON.stringify(value) ?? "");
    if (where === "path") return texts.filter(isSegment);
    const sent = where === "header"
      ? texts.filter(isFieldText)
      : texts.filter((t) => t.isWellFormed());
    return fc.option(sent, { nil: undefined, freq: required ? 20 : 2 });
  }

  #body(schema: Record<string, unknown>): fc.Arbitrary<unknown> {
    return fc.oneof(
      { weight: 5, arbitrary: this.#values.fitting(schema) },
      { weight: 4, arbitrary: this.#values.faulty(schema) },
      fc.jsonValue({ maxDepth: 3 }),
    );
  }
}

/** Sends `request`; of an answer without an end only the head is looked at. */
async function ask({ method, operation }: Place, request: Request): Promise<Answered> {
  const { path, headers, body, token } = request;
  const response = await fetch(setting("TEST_EDGE_URL").replace(/\/$/, "") + path, {
    method,
    redirect: "manual",
    headers: {
      ...headers,
      ...(body === undefined ? {} : { "content-type": contentOf(operation).type }),
      ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const isStream = operation.responses[200]?.content?.["text/event-stream"] && response.ok;
  if (isStream) await response.body?.cancel();
  return {
    status: response.status,
    headers: response.headers,
    text: isStream ? "" : await response.text(),
  };
}

Deno.test("ten thousand requests made up from the document are answered as it says, and none is a failure", async () => {
  const api = await Api.read();
  const { known, tokens } = await scene();
  const { schemas } = api.document.components;
  const requests = new Requests(new SchemaValues({ schemas, known }), tokens);
  const places = [...api.places];
  const numRuns = Math.ceil(REQUESTS / places.length);
  const answers = new Map<number, number>();
  let sent = 0;
  const fuzz = async (place: Place) => {
    const { schema } = contentOf(place.operation);
    const property = fc.asyncProperty(requests.of(place), async (request) => {
      const answer = await ask(place, request);
      sent++;
      answers.set(answer.status, (answers.get(answer.status) ?? 0) + 1);
      const told = `${place.method} ${request.path} ${answer.status} ${answer.text.slice(0, 500)}`;
      assert.ok(answer.status < 500, told);
      assert.equal(answerFaults(api.checks, place, answer), "", told);
      const isTaken = answer.status < 300;
      if (isTaken && schema && request.body !== undefined) {
        const faults = api.checks.faults(schema, JSON.parse(JSON.stringify(request.body)));
        assert.equal(faults, "", `${told} was taken`);
      }
    });
    await fc.assert(property, { numRuns, endOnFailure: true });
  };
  const worker = async () => {
    for (let place = places.pop(); place; place = places.pop()) await fuzz(place);
  };
  const failed = (await Promise.allSettled(Array.from({ length: AT_ONCE }, worker)))
    .flatMap((each) => each.status === "rejected" ? [each.reason as Error] : []);
  assert.deepEqual(failed.map(({ message, cause }) => `${message} ${cause}`), []);
  assert.ok(sent >= REQUESTS, `${sent} requests`);
  // Not only refusals: the requests get behind the first check.
  assert.ok((answers.get(200) ?? 0) > REQUESTS / 20, JSON.stringify([...answers]));
});
