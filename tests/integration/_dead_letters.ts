/** How tests look at dead letters through the admin API. */
import { until } from "./_until.ts";

export const PATH = "/api/v1/admin/dead-letters";
/** Longest wait for what happens soon. */
export const PATIENCE_MS = 10_000;

export interface Letter {
  readonly sequence: number;
  readonly subject: string;
  readonly reason: string;
  readonly process: string;
  readonly tries: number;
  readonly at?: string;
  readonly code_version?: string;
  readonly source_stream?: string;
  readonly body?: string;
}

/** Gets JSON from an edge, as its operator. */
export type Get = (path: string) => Promise<unknown>;

/** Letters of messages on `subject`, or below it; newest first. */
export async function lettersOf(get: Get, subject: string): Promise<Letter[]> {
  const { dead_letters } = await get(`${PATH}?subject=${subject}`) as { dead_letters: Letter[] };
  return dead_letters;
}

/** Waits until there are `count` letters of `subject`; newest first. */
export async function untilLetters(get: Get, subject: string, count: number): Promise<Letter[]> {
  let letters: Letter[] = [];
  await until(
    async () => (letters = await lettersOf(get, subject)).length === count,
    PATIENCE_MS,
    () => JSON.stringify(letters),
  );
  return letters;
}
