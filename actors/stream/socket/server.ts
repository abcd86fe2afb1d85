/**
 * Takes WebSockets over from the HTTP server: which requests may, how many wait to say who they are, and
 * the socket end of their streams. The library does the handshake and reads; what is sent is made in
 * `wire.ts` and written as it is.
 */
import type { Buffer } from "node:buffer";
import type { IncomingMessage, Server } from "node:http";
import type { Socket } from "node:net";
import "./_no_addons.ts";
// @ts-types="./_ws.d.ts"
import { type WebSocket, WebSocketServer } from "ws";
import {
  COMMAND_MAX_BYTES,
  type Problem,
  ProblemError,
  PROBLEMS,
  refuseUnknownParameters,
} from "../../protocol/mod.ts";
import type { CloseReason } from "../close_reason.ts";
import { refuseTokenInUrl } from "../request.ts";
import { type Exchange, sendProblem, targetOf } from "../server.ts";
import { refuseOnSocket } from "../unreadable.ts";
import { isOriginAllowed } from "./origin.ts";
import {
  FAREWELL_MS,
  POLICY_VIOLATION,
  SERVICE_RESTART,
  Session,
  type SessionContext,
  type SocketOutlet,
} from "./session.ts";
import { SOCKET_WIRE } from "./wire.ts";

const PATH = "/ws";
const PARAMETERS = ["ticket"];
/** What surrounds a command in its message. */
const ENVELOPE_MAX_BYTES = 8 * 1024;
/** Sockets that have not said yet who they are. */
const WAITING_MAX = 1_000;
const UPGRADE_REQUIRED = 426;

/** Close codes (RFC 6455, section 7.4, and the registry it opened). */
const GOING_AWAY = 1001;
const UNSUPPORTED_DATA = 1003;
const TRY_LATER = 1013;
const CLOSE_CODES: Readonly<Record<CloseReason, number>> = {
  "rotated": GOING_AWAY,
  "draining": SERVICE_RESTART,
  "token-expired": POLICY_VIOLATION,
  "slow-reader": TRY_LATER,
  "disconnected": POLICY_VIOLATION,
  "revoked": POLICY_VIOLATION,
};

export interface SocketsOptions extends SessionContext {
  /** Origins whose pages may open WebSockets, besides pages of the host itself. */
  readonly allowedOrigins: ReadonlySet<string>;
}

export class Sockets {
  readonly #options: SocketsOptions;
  readonly #library = new WebSocketServer({
    noServer: true,
    clientTracking: false,
    perMessageDeflate: false,
    maxPayload: COMMAND_MAX_BYTES + ENVELOPE_MAX_BYTES,
    closeTimeout: FAREWELL_MS,
  });
  readonly #waiting = new Set<Session>();

  constructor(options: SocketsOptions) {
    this.#options = options;
  }

  /** How many have not said yet who they are. */
  get waiting(): number {
    return this.#waiting.size;
  }

  /** Takes the requests of `server` that ask for another protocol. */
  serve(server: Server): void {
    this.#library.on("wsClientError", (error: Error, socket: Socket) => {
      this.#refuse(socket, { code: "malformed", detail: `Cannot open: ${error.message}` });
    });
    server.on("upgrade", (request: IncomingMessage, socket: Socket, head: Buffer) => {
      try {
        this.#upgrade(request, socket, head);
      } catch (error) {
        if (!(error instanceof ProblemError)) this.#options.failed(error);
        const problem: Problem = error instanceof ProblemError
          ? error.problem
          : { code: "internal", detail: "Something went wrong here" };
        this.#refuse(socket, problem);
      }
    });
  }

  #refuse(socket: Socket, problem: Problem): void {
    this.#options.refused(problem);
    refuseOnSocket(socket, { status: PROBLEMS[problem.code].status, problem });
  }

  /** Answers `GET /ws` without the wish for another protocol. */
  refuseHttp({ response, url }: Exchange): void {
    refuseTokenInUrl(url.searchParams);
    refuseUnknownParameters(url.searchParams, PARAMETERS);
    ticketOf(url.searchParams);
    response.setHeader("upgrade", "websocket").setHeader("connection", "upgrade");
    const detail = "This address takes WebSockets only (RFC 6455)";
    sendProblem(response, { code: "malformed", detail }, { status: UPGRADE_REQUIRED });
  }

  /** Sends away who has not said yet who they are. */
  close(): void {
    for (const session of this.#waiting) session.dismiss();
  }

  #upgrade(request: IncomingMessage, socket: Socket, head: Buffer): void {
    const url = targetOf(request);
    if (url.pathname !== PATH || request.method !== "GET") {
      throw new ProblemError({ code: "malformed", detail: `Only ${PATH} takes other protocols` });
    }
    refuseTokenInUrl(url.searchParams);
    refuseUnknownParameters(url.searchParams, PARAMETERS);
    const ticket = ticketOf(url.searchParams);
    const { addresses, allowedOrigins, isDraining } = this.#options;
    const { origin } = request.headers;
    if (!isOriginAllowed({ origin, host: addresses.hostOf(request) }, allowedOrigins)) {
      const shown = JSON.stringify(origin?.slice(0, 200));
      throw new ProblemError({ code: "forbidden", detail: `Pages of ${shown} have no access` });
    }
    if (isDraining() || this.#waiting.size >= WAITING_MAX) {
      const detail = "WebSockets are not available at this moment";
      throw new ProblemError({ code: "unavailable", detail });
    }
    const address = addresses.of(request);
    addresses.checkRoom(address);
    this.#library.handleUpgrade(request, socket, head, (opened) => {
      this.#begin(opened, socket, { address, ticket });
    });
  }

  /** A function of its own, so that what lives as long as the socket holds nothing of its request. */
  #begin(
    opened: WebSocket,
    socket: Socket,
    { address, ticket }: { readonly address: string; readonly ticket: string | null },
  ): void {
    const { addresses } = this.#options;
    const waitsNoMore = () => {
      if (this.#waiting.delete(session)) addresses.remove(address);
    };
    const outlet = new WebSocketOutlet(opened, socket);
    const session = new Session(outlet, this.#options, { address, admitted: waitsNoMore });
    this.#waiting.add(session);
    addresses.add(address);
    opened.on("message", (data: Buffer, isBinary: boolean) => {
      if (isBinary) opened.close(UNSUPPORTED_DATA, "text only");
      else session.receive(data);
    });
    opened.on("pong", () => session.heard());
    // What the library cannot read it answers with a close frame by itself; the close follows.
    opened.on("error", () => {});
    opened.on("close", () => {
      waitsNoMore();
      session.gone();
    });
    socket.on("drain", () => session.drained());
    if (ticket !== null) session.useTicket(ticket);
  }
}

/** @throws {ProblemError} `malformed` when a ticket is announced and not given */
function ticketOf(parameters: URLSearchParams): string | null {
  const ticket = parameters.get("ticket");
  if (ticket !== "") return ticket;
  const detail = "ticket is empty: give it a ticket, or leave it out";
  const errors = [{ parameter: "ticket", code: "required", message: detail }];
  throw new ProblemError({ code: "malformed", detail, errors });
}

/** The reader's end of a stream on a WebSocket. */
class WebSocketOutlet implements SocketOutlet {
  readonly #opened: WebSocket;
  readonly #socket: Socket;

  constructor(opened: WebSocket, socket: Socket) {
    this.#opened = opened;
    this.#socket = socket;
  }

  get wire() {
    return SOCKET_WIRE;
  }

  get queuedBytes(): number {
    return this.#socket.writableLength;
  }

  /** The library writes to the same socket, whole frames at a time, and so do we. */
  write(chunk: Uint8Array): boolean {
    if (this.#opened.readyState !== this.#opened.OPEN) return true;
    return this.#socket.write(chunk);
  }

  end(reason?: CloseReason): void {
    if (reason === undefined) this.#opened.close();
    else this.#opened.close(CLOSE_CODES[reason], reason);
  }

  close(code: number, reason: string): void {
    this.#opened.close(code, reason);
  }

  pause(): void {
    this.#opened.pause();
  }

  resume(): void {
    this.#opened.resume();
  }

  destroy(): void {
    this.#opened.terminate();
  }
}
