/**
 * Refuses what the HTTP parser cannot read. There is no request to answer, only a socket: the answer is
 * written as bytes, and the socket is kept just long enough for the sender to read it.
 */
import { Buffer } from "node:buffer";
import { STATUS_CODES } from "node:http";
import type { Socket } from "node:net";
import type { Problem } from "../protocol/mod.ts";
import { problemAnswer } from "./problem_answer.ts";

/** Why the parser gave up, with the status that HTTP has for it. */
export interface Unreadable {
  readonly status: number;
  readonly problem: Problem;
}

/** Closing at once, with bytes unread, would reset the connection and take the answer with it. */
const LINGER_MS = 1_000;

/** What the error `code` of a server's `clientError` event means for the sender. */
export function unreadable(code: string | undefined, maxHeaderBytes: number): Unreadable {
  switch (code) {
    case "HPE_HEADER_OVERFLOW":
      return {
        status: 431,
        problem: {
          code: "too-large",
          detail: `Cannot read the request: its target and header fields are larger than ` +
            `${maxHeaderBytes} bytes`,
        },
      };
    case "ERR_HTTP_REQUEST_TIMEOUT":
      return {
        status: 408,
        problem: { code: "request-timeout", detail: "Cannot read the request: it took too long" },
      };
    default:
      return {
        status: 400,
        problem: { code: "malformed", detail: "Cannot read the request: it is not valid HTTP" },
      };
  }
}

/** Answers on `socket`, then closes it; what still arrives is thrown away. */
export function refuseOnSocket(socket: Socket, { status, problem }: Unreadable): void {
  const { headers, body } = problemAnswer(problem, { status });
  const fields = { ...headers, date: new Date().toUTCString(), connection: "close" };
  const lines = Object.entries(fields).map(([name, value]) => `${name}: ${value}\r\n`);
  const head = `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ""}\r\n${lines.join("")}\r\n`;
  // The parser would complain again about every piece that follows.
  socket.removeAllListeners("data").resume();
  const timer = setTimeout(() => socket.destroy(), LINGER_MS);
  socket.once("close", () => clearTimeout(timer));
  socket.end(Buffer.concat([Buffer.from(head), body]));
}
