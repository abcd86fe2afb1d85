/**
 * Tells the server what its user does in each group: the last word only, one request at a time, and again
 * when it got lost. A new stream is taken to view, so that only editing has to be said.
 */
import { ApiError, callAs, NetworkError, type TokenSource } from "../session/mod.ts";
import { backoffMs } from "../timing/mod.ts";
import type { Doing } from "./plan.ts";

const TRIES = 5;

interface Word {
  wanted: Doing;
  /** What the server knows by the stream that is open. */
  told: Doing;
  /** Counts the streams. */
  stream: number;
  isTelling: boolean;
}

export function presenceTeller(tokens: TokenSource) {
  const words = new Map<string, Word>();

  async function tell(groupId: string, word: Word): Promise<void> {
    word.isTelling = true;
    try {
      for (let failures = 0; failures < TRIES && !same(word.wanted, word.told);) {
        const { wanted: doing, stream } = word;
        try {
          await callAs(tokens, "/events/presence", {
            method: "PUT",
            body: { group_id: groupId, ...doing },
          });
          if (word.stream === stream) word.told = doing;
        } catch (error) {
          const isLost = error instanceof NetworkError ||
            (error instanceof ApiError && error.retryable);
          if (!isLost) {
            // Without a stream nobody is told anything; the next one says it.
            if (!(error instanceof ApiError)) throw error;
            if (word.stream === stream) return;
          }
          failures++;
          const floorMs = error instanceof ApiError ? error.retryAfterMs : 0;
          const waitMs = backoffMs(failures, Math.random(), floorMs);
          await new Promise((done) => setTimeout(done, waitMs));
        }
      }
    } finally {
      word.isTelling = false;
    }
  }

  return (groupId: string, doing: Doing, isNew: boolean): void => {
    const viewing: Doing = { state: "viewing" };
    const word = words.get(groupId) ??
      { wanted: doing, told: viewing, stream: 0, isTelling: false };
    words.set(groupId, word);
    word.wanted = doing;
    if (isNew) {
      word.told = viewing;
      word.stream++;
    }
    if (!word.isTelling && !same(word.wanted, word.told)) tell(groupId, word).catch(reportError);
  };
}

function same(one: Doing, other: Doing): boolean {
  return one.state === other.state && one.todo_id === other.todo_id;
}
