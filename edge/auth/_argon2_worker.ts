/** The program of the thread that makes hashes: a job comes, its hash goes back, or what is wrong as text. */
import { argon2idInWasm, type Argon2Job } from "./_argon2_wasm.ts";

// The type library takes this for the program of a page.
const asker = globalThis as unknown as MessagePort;

asker.onmessage = async ({ data }: MessageEvent<Argon2Job>) => {
  try {
    asker.postMessage(await argon2idInWasm(data));
  } catch (error) {
    asker.postMessage(String(error));
  }
};
