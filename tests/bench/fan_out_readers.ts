/** Readers of streams in a process of their own: do what they are told, a line of JSON each, and answer with a number. */
import { createInterface } from "node:readline";
import { stdin } from "node:process";
import { eachAtOnce } from "../support/each_at_once.ts";
import { StreamReader } from "./stream_reader.ts";
import type { TransportName } from "./stream_transport.ts";

/** What the readers are told; without anything they say how many commits have arrived. */
export interface Told {
  /** Open streams here: of each group so many. They say how many are open. */
  readonly open?: {
    readonly port: number;
    readonly token: string;
    readonly groupIds: readonly string[];
    readonly groupSize: number;
    /** Where the streamer is, by addresses that are taken in turns; this machine unless it is said. */
    readonly hostnames?: readonly string[];
    readonly transport?: TransportName;
  };
  /** Count from nothing. */
  readonly reset?: boolean;
}

if (import.meta.main) {
  const readers: StreamReader[] = [];
  for await (const line of createInterface({ input: stdin })) {
    const { open, reset } = JSON.parse(line) as Told;
    if (open) {
      const { port, token, groupIds, groupSize, hostnames = ["127.0.0.1"], transport } = open;
      const streams = Array.from({ length: groupSize }, () => groupIds).flat();
      await eachAtOnce(streams, async (groupId, index) => {
        const options = {
          prompt: false,
          hostname: hostnames[index % hostnames.length],
          transport,
        };
        readers.push(await StreamReader.open(port, token, [groupId], options));
      });
      console.log(readers.length);
    } else if (reset) {
      for (const reader of readers) reader.reset();
      console.log(0);
    } else {
      console.log(readers.reduce((sum, { arrivals }) => sum + arrivals, 0));
    }
  }
}
