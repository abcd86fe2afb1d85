/** Where the data of `deno task dev` is, in words: usually one place, for root sometimes two. */
import { runtimeDir } from "./_paths.ts";
import { movedPostgresDir } from "./_postgres_home.ts";

/** `.runtime/`, and the folder of Postgres where it had to move. */
export async function dataPlaces(): Promise<string> {
  const moved = await movedPostgresDir(`${runtimeDir}/postgres`);
  return moved === undefined ? ".runtime/" : `.runtime/ and, of Postgres, in ${moved}`;
}
