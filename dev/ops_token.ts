/** The ops token of a stack: opens the edge's admin API. Made at the first start, kept, never a default. */
import { readOrMakeSecret } from "./_secrets.ts";

const TOKEN_BYTES = 32;

/** File with the ops token of the stack whose data is in `dataDir`. */
export function opsTokenPath(dataDir: string): string {
  return `${dataDir}/secrets/ops_token`;
}

/** Reads the ops token of the stack in `dataDir` or makes one: 256 random bits in base64url. */
export function readOpsToken(dataDir: string): Promise<string> {
  return readOrMakeSecret(opsTokenPath(dataDir), () => {
    const bytes = crypto.getRandomValues(new Uint8Array(TOKEN_BYTES));
    return Promise.resolve(bytes.toBase64({ alphabet: "base64url", omitPadding: true }));
  });
}
