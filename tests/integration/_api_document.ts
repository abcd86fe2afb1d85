/** The document that the running edge serves, and requests whose answers are held against it. */
import assert from "node:assert/strict";
import {
  answerFaults,
  type ApiDocument,
  type Place,
  placesOf,
  SchemaChecks,
} from "../../edge/openapi/testing/mod.ts";
import { type Answer, type Options, send } from "./_edge_client.ts";

export class Api {
  readonly document: ApiDocument;
  readonly places: readonly Place[];
  readonly checks: SchemaChecks;
  /** `operationId status` of every answer so far. */
  readonly seen = new Set<string>();

  constructor(document: ApiDocument) {
    this.document = document;
    this.places = placesOf(document);
    this.checks = new SchemaChecks(document);
  }

  /** Reads the document of the edge under test. */
  static async read(): Promise<Api> {
    const { status, text } = await send("GET", "/openapi.json");
    assert.equal(status, 200, text);
    return new Api(JSON.parse(text));
  }

  /** Sends a request; fails when the document says otherwise of the answer. */
  async send(method: string, path: string, options: Options = {}): Promise<Answer> {
    const answer = await send(method, path, options);
    this.judge(method, path, answer);
    return answer;
  }

  /** Fails when the document says otherwise of an answer to `method` at `path`. */
  judge(method: string, path: string, answer: Pick<Answer, "status" | "headers" | "text">): void {
    const place = this.placeOf(method, path);
    assert.ok(place, `${method} ${path} is in the document`);
    const faults = answerFaults(this.checks, place, answer);
    assert.equal(faults, "", `${method} ${path} answers ${answer.status}`);
    this.seen.add(`${place.operation.operationId} ${answer.status}`);
  }

  /** The operation that answers at `path`: one without parameters before one with. */
  placeOf(method: string, path: string): Place | undefined {
    const [pathname = ""] = path.split("?");
    return this.places
      .filter((place) => place.method === method && patternOf(place.path).test(pathname))
      .sort((a, b) => a.path.split("{").length - b.path.split("{").length)[0];
  }
}

function patternOf(path: string): RegExp {
  const source = path.split(/\{[^}]*\}/).map((part) => part.replace(/[.*+?^$()|[\]\\]/g, "\\$&"));
  return new RegExp(`^${source.join("[^/]+")}$`);
}
