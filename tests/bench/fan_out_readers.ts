/** The readers of `fan_out.ts`: do what they are told, a line of JSON each, and answer with a number. */
import { createInterface } from "node:readline";
import { stdin } from "node:process";
import { eachAtOnce } from "../support/each_at_once.ts";
import { StreamReader } from "./stream_reader.ts";

interface Told {
  readonly port?: number;
  readonly groupIds?: readonly string[];
  readonly groupSize?: number;
  readonly reset?: boolean;
}

const readers: StreamReader[] = [];
for await (const line of createInterface({ input: stdin })) {
  const { port, groupIds = [], groupSize = 1, reset } = JSON.parse(line) as Told;
  if (port !== undefined) {
    const streams = Array.from({ length: groupSize }, () => groupIds).flat();
    await eachAtOnce(streams, async (groupId) => {
      readers.push(await StreamReader.open(port, "", [groupId], { prompt: false }));
    });
    console.log(readers.length);
  } else if (reset) {
    for (const reader of readers) reader.reset();
    console.log(0);
  } else {
    console.log(readers.reduce((sum, { arrivals }) => sum + arrivals, 0));
  }
}
