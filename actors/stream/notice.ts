/** Notices that streamers get over NATS: small JSON texts, of which anybody inside may send nonsense. */
import * as v from "valibot";

/** The notice in `bytes`, or `undefined` when it is none of that shape; the caller reports it. */
export function parseNotice<T>(
  bytes: Uint8Array,
  schema: v.GenericSchema<unknown, T>,
): T | undefined {
  let value: unknown;
  try {
    value = JSON.parse(new TextDecoder().decode(bytes));
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
  const notice = v.safeParse(schema, value);
  return notice.success ? notice.output : undefined;
}
