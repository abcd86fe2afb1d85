/** Real streamers with the tokens that they take, and real readers, for the comparison with the simulation. */
import { type BenchStreamer, startBenchStreamer } from "../bench/streamer.ts";

export { StreamReader } from "../bench/stream_reader.ts";

/** A streamer and a token of the owner of all made-up groups. */
export interface RealStreamer extends BenchStreamer {
  readonly bearer: string;
}

/** Starts `count` streamers on the server at `natsUrl`. */
export async function startStreamers(
  natsUrl: string,
  count: number,
): Promise<{ readonly all: readonly RealStreamer[] } & AsyncDisposable> {
  const all = await Promise.all(Array.from({ length: count }, async () => {
    const streamer = await startBenchStreamer(natsUrl, { RING_COMMITS: "32" });
    return { ...streamer, bearer: await streamer.token() };
  }));
  return {
    all,
    async [Symbol.asyncDispose]() {
      await Promise.all(all.map((streamer) => streamer[Symbol.asyncDispose]()));
    },
  };
}
