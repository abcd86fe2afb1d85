/**
 * Asks a Postgres whether it takes connections, as pg_isready does: a start-up message is answered
 * with an authentication request when it does, with an error while it starts or recovers. No client
 * library: a probe meets servers that die in the middle, and must never throw out of turn.
 */
import { loopback } from "./_ports.ts";

const timeoutMs = 2_000;
const protocolVersion = 0x0003_0000;
const authenticationRequest = "R".charCodeAt(0);

/** Whether the server at `port` takes connections; false when nothing answers. */
export async function acceptsConnections(port: number): Promise<boolean> {
  let connection: Deno.TcpConn;
  try {
    connection = await Deno.connect({ hostname: loopback, port });
  } catch {
    // Refused: there is no server yet, which is an answer.
    return false;
  }
  const timer = setTimeout(() => connection.close(), timeoutMs);
  try {
    await connection.write(startupMessage());
    const answer = new Uint8Array(1);
    return await connection.read(answer) === 1 && answer[0] === authenticationRequest;
  } catch {
    // Closed or reset in the middle, by the server or by the timer above.
    return false;
  } finally {
    clearTimeout(timer);
    closeQuietly(connection);
  }
}

/** StartupMessage of the frontend/backend protocol 3.0 for user and database "postgres". */
function startupMessage(): Uint8Array<ArrayBuffer> {
  const settings = new TextEncoder().encode("user\0postgres\0database\0postgres\0\0");
  const message = new Uint8Array(8 + settings.length);
  const view = new DataView(message.buffer);
  view.setUint32(0, message.length);
  view.setUint32(4, protocolVersion);
  message.set(settings, 8);
  return message;
}

function closeQuietly(connection: Deno.TcpConn): void {
  try {
    connection.close();
  } catch (error) {
    if (!(error instanceof Deno.errors.BadResource)) throw error;
  }
}
