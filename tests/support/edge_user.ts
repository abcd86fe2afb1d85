/**
 * A user of a running stack for tests of the whole path: registers, sends commands, and keeps a
 * history of what it was told, for the audit.
 */
import * as v from "valibot";
import { type CommandBody, type GroupEvent, newId } from "../../actors/protocol/mod.ts";
import { sleep } from "./eventually.ts";
import type { Answered } from "./history.ts";

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  /** JSON where the answer says so, else its text. */
  readonly body: unknown;
}

const Session = v.object({ access_token: v.string(), user_id: v.string(), username: v.string() });
const Created = v.object({ id: v.string() });
/** The events are what is compared later: they are taken as they are. */
const Committed = v.object({
  version: v.number(),
  events: v.array(v.custom<GroupEvent>((event) => typeof event === "object" && event !== null)),
});

/** HTTP connections of a test to the edge at `url`; close them at its end. */
export class Http implements Disposable {
  readonly url: string;
  readonly #client = Deno.createHttpClient({ poolMaxIdlePerHost: 128 });

  constructor(url: string) {
    this.url = url;
  }

  async send(
    method: string,
    path: string,
    options: { token?: string; body?: unknown; timeoutMs?: number } = {},
  ): Promise<Answer> {
    const { token, body, timeoutMs = 8_000 } = options;
    const response = await fetch(this.url + path, {
      method,
      client: this.#client,
      signal: AbortSignal.timeout(timeoutMs),
      headers: {
        ...(token ? { authorization: `Bearer ${token}` } : {}),
        ...(body === undefined ? {} : { "content-type": "application/json" }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    const { status, headers } = response;
    const isJson = /json/.test(headers.get("content-type") ?? "");
    return { status, headers, body: isJson && text ? JSON.parse(text) : text };
  }

  /** Opens a stream; its body is the caller's to read or cancel. */
  async open(path: string, token: string, signal: AbortSignal): Promise<Response> {
    return await fetch(this.url + path, {
      client: this.#client,
      signal,
      headers: { authorization: `Bearer ${token}`, accept: "text/event-stream" },
    });
  }

  [Symbol.dispose](): void {
    this.#client.close();
  }
}

export class User {
  readonly #http: Http;
  readonly token: string;
  readonly userId: string;
  readonly username: string;
  /** Every command this user sent with {@link commit}, in the order of sending. */
  readonly history: Answered[] = [];

  private constructor(http: Http, session: v.InferOutput<typeof Session>) {
    this.#http = http;
    this.token = session.access_token;
    this.userId = session.user_id;
    this.username = session.username;
  }

  /** Registers somebody new. */
  static async register(http: Http, prefix: string): Promise<User> {
    const username = `${prefix}-${crypto.randomUUID().slice(0, 13)}`;
    const answer = await http.send("POST", "/api/v1/auth/register", {
      body: { username, password: "correct horse battery" },
      timeoutMs: 30_000,
    });
    if (answer.status !== 201) throw new Error(`Cannot register: ${JSON.stringify(answer)}`);
    return new User(http, v.parse(Session, answer.body));
  }

  send(method: string, path: string, body?: unknown): Promise<Answer> {
    return this.#http.send(method, path, { token: this.token, body });
  }

  async createGroup(name: string): Promise<string> {
    const answer = await this.send("POST", "/api/v1/groups", { name });
    if (answer.status !== 201) throw new Error(`Cannot create a group: ${JSON.stringify(answer)}`);
    return v.parse(Created, answer.body).id;
  }

  /**
   * Sends a command and repeats it, with the same id, until its outcome is known. Whatever fails on the
   * way is what a client would see as an outage.
   */
  async commit(
    groupId: string,
    command: CommandBody,
    options: { patienceMs?: number } = {},
  ): Promise<Answered> {
    const { patienceMs = 15_000 } = options;
    const command_id = newId();
    const sentAtMs = performance.now();
    let attempts = 0;
    let outcome: Pick<Answered, "outcome" | "version" | "events"> = { outcome: "unknown" };
    do {
      if (attempts++ > 0) await sleep(100);
      outcome = await this.#try({ command_id, group_id: groupId, ...command });
    } while (outcome.outcome === "unknown" && performance.now() - sentAtMs < patienceMs);
    const answered = {
      command_id,
      group_id: groupId,
      sentAtMs,
      answeredAtMs: performance.now(),
      attempts,
      ...outcome,
    };
    this.history.push(answered);
    return answered;
  }

  async #try(command: object): Promise<Pick<Answered, "outcome" | "version" | "events">> {
    let answer: Answer;
    try {
      answer = await this.send("POST", "/api/v1/command", command);
    } catch (error) {
      // No connection, or one that broke: the command may or may not have arrived.
      if (error instanceof TypeError || error instanceof DOMException) {
        return { outcome: "unknown" };
      }
      throw error;
    }
    if (answer.status === 200 || answer.status === 201) {
      return { outcome: "committed", ...v.parse(Committed, answer.body) };
    }
    if (answer.status === 202 || answer.status >= 500) return { outcome: "unknown" };
    return { outcome: "rejected" };
  }
}

/** Runs `task` for every item, at most `limit` at once. */
export async function inParallel<T>(
  items: Iterable<T>,
  limit: number,
  task: (item: T) => Promise<void>,
): Promise<void> {
  const iterator = items[Symbol.iterator]();
  const work = async () => {
    for (let next = iterator.next(); !next.done; next = iterator.next()) await task(next.value);
  };
  await Promise.all(Array.from({ length: limit }, work));
}
