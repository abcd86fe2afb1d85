/**
 * Ten thousand requests made up from the document that the edge serves. Whatever is sent, the answer is one that
 * the document describes, and never a failure of the server; what does not fit the document is not taken, and what
 * fits is not refused for its form. And every method that the document does not name.
 */
import assert from "node:assert/strict";
import fc from "fast-check";
import { newId } from "../../actors/protocol/mod.ts";
import {
  type Answered,
  answerFaults,
  type Place,
  reference,
} from "../../edge/openapi/testing/mod.ts";
import { setting } from "../support/eventually.ts";
import { Api } from "./_api_document.ts";
import { send, somebody } from "./_edge_client.ts";
import { judged } from "./_fuzz_judge.ts";
import { type Request, Requests } from "./_fuzz_requests.ts";
import { newFuzzScene } from "./_fuzz_scene.ts";
import { SchemaValues } from "./_schema_values.ts";

const REQUESTS = 10_000;
/** Properties that run at once: sends are short waits, so that two processors have something to do. */
const AT_ONCE = 8;

/** Operations that end what others are about. */
const ENDING: ReadonlySet<string> = new Set([
  "sendCommand",
  "sendCommands",
  "deleteGroup",
  "removeMember",
  "deleteTask",
  "changeRole",
  "endSession",
]);
/** Operations that come behind all others: they end at once what those are about. */
const LAST: ReadonlySet<string> = new Set(["endOtherSessions", "endStreams", "endStreamsByGet"]);
/** Operations whose requests cost a password hash each. */
const HASHING: ReadonlySet<string> = new Set([
  "register",
  "login",
  "changeProfile",
  "deleteAccount",
]);
/** Operations that take a second to say that nobody has what is asked for, and how many requests they get. */
const WAITING: Readonly<Record<string, number>> = { tellPresence: 0.1 };
/** Operations that made-up requests may well never get done, and what it would take. */
const RARELY_DONE: Readonly<Record<string, string>> = {
  refresh: "a refresh token",
  changeProfile: "the password",
  deleteAccount: "the password",
  login: "the password",
  openWebSocket: "an upgrade of the connection",
  readDeadLetter: "a message that could not be processed",
  replayDeadLetter: "a message that could not be processed",
  dropDeadLetter: "a message that could not be processed",
  cancelProjectionJob: "a job that is not done yet",
  rebuildReadModel: "that no other job waits",
  checkReadModel: "that no other job waits",
};

/** How many requests an operation gets, compared to others: few where each costs much, or nothing can vary. */
function weightOf({ operation }: Place): number {
  const waiting = WAITING[operation.operationId];
  if (waiting !== undefined) return waiting;
  if (HASHING.has(operation.operationId)) return 0.25;
  return operation.requestBody || operation.parameters?.length ? 1 : 0.05;
}

/** The requests for an operation of weight 1. */
function shareOf(places: readonly Place[]): number {
  return Math.ceil(REQUESTS / places.reduce((sum, place) => sum + weightOf(place), 0));
}

/** Streams that show who is present: only who has one can say more of it. */
async function present(
  tokens: readonly string[],
  groupIds: readonly string[],
): Promise<Disposable> {
  const closing = new AbortController();
  const path = `/events?group_id=${groupIds.join(",")}&presence=1`;
  for (const token of tokens) {
    const { status, body } = await fetch(setting("TEST_EDGE_URL").replace(/\/$/, "") + path, {
      headers: { authorization: `Bearer ${token}` },
      signal: closing.signal,
    });
    assert.equal(status, 200);
    // Read to the end that closing it makes.
    void body?.pipeTo(new WritableStream()).catch((error: unknown) =>
      assert.ok(closing.signal.aborted, `${error}`)
    );
  }
  return { [Symbol.dispose]: () => closing.abort() };
}

/** Sends `request`; of an answer without an end only the head is looked at. */
async function ask({ method, operation }: Place, request: Request): Promise<Answered> {
  const { path, headers, body, token } = request;
  const bytes = typeof body?.bytes === "string"
    ? new TextEncoder().encode(body.bytes)
    : body?.bytes;
  const response = await fetch(setting("TEST_EDGE_URL").replace(/\/$/, "") + path, {
    method,
    redirect: "manual",
    headers: {
      ...headers,
      ...(body?.sentAs === undefined ? {} : { "content-type": body.sentAs }),
      ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
    },
    ...(bytes === undefined ? {} : { body: bytes }),
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
  const { known, doomed, tokens } = await newFuzzScene();
  using _present = await present(tokens, known["group_id"] ?? []);
  const { schemas } = api.document.components;
  const lasting = new Requests(new SchemaValues({ schemas, known }), tokens);
  const ending = new Requests(new SchemaValues({ schemas, known: doomed }), tokens);
  const isLast = ({ operation }: Place) => LAST.has(operation.operationId);
  const places = api.places.filter((place) => !isLast(place));
  const share = shareOf(api.places);
  const done = new Set<string>();
  let sent = 0;
  const fuzz = async (place: Place) => {
    const { operationId } = place.operation;
    const requests = (ENDING.has(operationId) ? ending : lasting).of(place);
    const property = fc.asyncProperty(requests, async (request) => {
      const startedAt = performance.now();
      const answer = await ask(place, request);
      const ms = Math.round(performance.now() - startedAt);
      sent++;
      if (answer.status < 300) done.add(operationId);
      const told = () => {
        const body = String(request.body?.bytes.slice(0, 500));
        return `${place.method} ${request.path} ${body} ${answer.status} after ${ms} ms ${
          answer.text.slice(0, 500)
        }`;
      };
      assert.ok(answer.status < 500, told());
      assert.equal(answerFaults(api.checks, place, answer), "", told());
      assert.equal(judged(api.checks, place, request, answer), "", told());
    });
    await fc.assert(property, { numRuns: Math.ceil(share * weightOf(place)), endOnFailure: true });
  };
  const worker = async () => {
    for (let place = places.pop(); place; place = places.pop()) await fuzz(place);
  };
  const runs = await Promise.allSettled(Array.from({ length: AT_ONCE }, worker));
  runs.push(...await Promise.allSettled(api.places.filter(isLast).map(fuzz)));
  const failed = runs
    .flatMap((each) => each.status === "rejected" ? [each.reason as Error] : []);
  // The seed, and what was asked; not the whole counterexample.
  const told = failed.map(({ message, cause }) =>
    `${message.split("\n").slice(0, 2).join(" ")} ${cause}`
  );
  assert.deepEqual(told, []);
  assert.ok(sent >= REQUESTS, `${sent} requests`);
  // Not only refusals: of every operation some requests get behind the last check.
  const undone = api.places.map(({ operation }) => operation.operationId)
    .filter((id) => !done.has(id) && !(id in RARELY_DONE));
  assert.deepEqual(undone, []);
});

Deno.test("methods that the document does not name are refused with those that it does", async () => {
  const api = await Api.read();
  const { token } = await somebody();
  let refused = 0;
  for (const path of new Set(api.places.map((place) => place.path))) {
    const address = path.replaceAll(/\{[^}]*\}/g, newId());
    const taken = api.places.filter((place) => place.path === path).map(({ method }) => method);
    for (const method of ["GET", "POST", "PUT", "PATCH", "DELETE"]) {
      // An address with a parameter may be another one's without.
      if (api.placeOf(method, address)) continue;
      const answer = await send(method, address, { token });
      const told = `${method} ${path} ${answer.status} ${answer.text}`;
      assert.equal(answer.status, 405, told);
      const allowed = (answer.headers.get("allow") ?? "").split(", ");
      for (const each of taken) assert.ok(allowed.includes(each), `${told} allows ${allowed}`);
      assert.equal(api.checks.faults(reference("Problem"), JSON.parse(answer.text)), "", told);
      refused++;
    }
  }
  assert.ok(refused > 150, `${refused}`);
});
