/**
 * Open-loop load: so many requests a second whatever becomes of them, as people who do not know of each
 * other send them. Who finds no connection free opens one more; connections are many, not endless.
 */
import { HttpClient, type Reply } from "../support/http_client.ts";

const MAX_CONNECTIONS = 4_000;
const TICK_MS = 2;

/** What became of the requests that were to be sent within one second. */
export interface Second {
  offered: number;
  /** Time to the answer of each that was done, in milliseconds. */
  readonly done: number[];
  /** Refused with 429 or 503 and a time to wait. */
  shed: number;
  /** The longest that a refusal took, in milliseconds. */
  longestShedMs: number;
  /** Everything else, by what it was. */
  readonly others: Map<string, number>;
}

/** A request and what a good answer to it is. */
export interface Wanted {
  readonly token: string;
  readonly body: unknown;
  readonly isDone: (reply: Reply) => boolean;
}

export interface OpenLoop {
  readonly perSecond: number;
  readonly seconds: number;
  readonly next: () => Wanted;
}

/** Sends commands to the edge at `url` at a steady rate; resolves when the last is answered. */
export async function openLoop(
  url: string,
  { perSecond, seconds, next }: OpenLoop,
): Promise<Second[]> {
  const idle: HttpClient[] = [];
  const told: Second[] = [];
  const open: Promise<void>[] = [];
  let connections = 0;
  const send = async (second: Second) => {
    const startedAt = performance.now();
    let client = idle.pop();
    if (!client) {
      if (connections >= MAX_CONNECTIONS) return count(second.others, "no connection free");
      connections++;
      try {
        client = await HttpClient.connect(url);
      } catch (error) {
        connections--;
        return count(second.others, `cannot connect: ${error}`);
      }
    }
    const { isDone, token, body } = next();
    try {
      const reply = await client.send("POST", "/api/v1/command", { token, body });
      idle.push(client);
      const tookMs = performance.now() - startedAt;
      if (isDone(reply)) second.done.push(tookMs);
      else if ((reply.status === 429 || reply.status === 503) && reply.retryAfter) {
        second.shed++;
        second.longestShedMs = Math.max(second.longestShedMs, tookMs);
      } else count(second.others, `status ${reply.status}`);
    } catch (error) {
      client[Symbol.dispose]();
      connections--;
      count(second.others, String(error));
    }
  };
  const startedAt = performance.now();
  for (let sent = 0; sent < perSecond * seconds;) {
    const elapsedMs = performance.now() - startedAt;
    // A generator that was held up catches up: the rate does not depend on what is served.
    const due = Math.min(perSecond * seconds, Math.floor(elapsedMs / 1_000 * perSecond));
    for (; sent < due; sent++) {
      const second = told[Math.floor(sent / perSecond)] ??= emptySecond();
      second.offered++;
      open.push(send(second));
    }
    await new Promise((resolve) => setTimeout(resolve, TICK_MS));
  }
  await Promise.all(open);
  for (const client of idle) client[Symbol.dispose]();
  return told;
}

function emptySecond(): Second {
  return { offered: 0, done: [], shed: 0, longestShedMs: 0, others: new Map() };
}

function count(counts: Map<string, number>, what: string): void {
  counts.set(what, (counts.get(what) ?? 0) + 1);
}
