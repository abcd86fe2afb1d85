/** Ports on the loopback interface. */
import { DevError } from "./_error.ts";

/** The only address the local stack listens on. */
export const loopback = "127.0.0.1";

/** Ports handed out by this process, so that two callers never get the same one. */
const handedOut = new Set<number>();

/** A port nobody listens on now. */
export function freePort(): number {
  for (;;) {
    using listener = Deno.listen({ hostname: loopback, port: 0 });
    const { port } = listener.addr as Deno.NetAddr;
    if (handedOut.has(port)) continue;
    handedOut.add(port);
    return port;
  }
}

/** The port in setting `name`, or undefined when it is not set. */
export function portSetting(name: string): number | undefined {
  const text = Deno.env.get(name);
  if (text === undefined || text === "") return undefined;
  const port = Number(text);
  if (!Number.isInteger(port) || port < 1 || port > 65_535) {
    throw new DevError("setting-invalid", `${name}="${text}" is not a port from 1 to 65535`);
  }
  return port;
}

/** The free port that setting `name` asks for, or any free one. */
export function settledPort(name: string): number {
  const port = portSetting(name);
  if (port === undefined) return freePort();
  requireFree(port, name);
  return port;
}

/** Throws `DevError` "port-in-use" when `port` cannot be listened on; `setting` moves it. */
export function requireFree(port: number, setting: string): void {
  try {
    Deno.listen({ hostname: loopback, port }).close();
  } catch (error) {
    const other = `choose another one: ${setting}=${port < 1_024 ? 8_080 : port + 10}`;
    if (error instanceof Deno.errors.AddrInUse) {
      throw new DevError(
        "port-in-use",
        `Port ${port} is in use by another program; stop it or ${other}`,
        { cause: error },
      );
    }
    if (error instanceof Deno.errors.PermissionDenied) {
      throw new DevError("port-in-use", `Port ${port} needs special rights; ${other}`, {
        cause: error,
      });
    }
    throw error;
  }
}
