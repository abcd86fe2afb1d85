/**
 * A lean HTTP/1.1 client for load: one keep-alive connection, one request at a time, bodies of known or
 * chunked length. It leaves the processor to the system under test; `fetch` would not.
 */
const encoder = new TextEncoder();
const decoder = new TextDecoder();

export interface Reply {
  readonly status: number;
  readonly body: string;
  /** The value of the field `ETag`, if it has one. */
  readonly etag?: string;
  /** The value of the field `Retry-After`, if it has one. */
  readonly retryAfter?: string;
  /** Whether the server takes no further request on this connection (RFC 9112, section 9.6). */
  readonly isLast: boolean;
}

export class HttpClient implements Disposable {
  readonly #host: string;
  readonly #connection: Deno.TcpConn;
  /** Bytes sent and received so far. */
  bytes = 0;
  #buffer = new Uint8Array(64 * 1024);
  #length = 0;

  private constructor(host: string, connection: Deno.TcpConn) {
    this.#host = host;
    this.#connection = connection;
  }

  /** Connects to the origin of `url`. */
  static async connect(url: string): Promise<HttpClient> {
    const { hostname, port, host } = new URL(url);
    const connection = await Deno.connect({ hostname, port: Number(port) });
    connection.setNoDelay(true);
    return new HttpClient(host, connection);
  }

  /** Sends one request and waits for its answer. Throws when the connection ends first. */
  async send(
    method: string,
    path: string,
    options: { readonly token?: string; readonly body?: unknown; readonly ifNoneMatch?: string } =
      {},
  ): Promise<Reply> {
    const body = options.body === undefined ? "" : JSON.stringify(options.body);
    const authorization = options.token ? `authorization: Bearer ${options.token}\r\n` : "";
    const length = encoder.encode(body).length;
    const known = options.ifNoneMatch ? `if-none-match: ${options.ifNoneMatch}\r\n` : "";
    const request =
      `${method} ${path} HTTP/1.1\r\nhost: ${this.#host}\r\n${authorization}${known}` +
      `content-type: application/json\r\ncontent-length: ${length}\r\n\r\n${body}`;
    await this.#write(encoder.encode(request));
    return await this.#read();
  }

  [Symbol.dispose](): void {
    this.#connection.close();
  }

  async #write(bytes: Uint8Array): Promise<void> {
    this.bytes += bytes.length;
    for (let sent = 0; sent < bytes.length;) {
      sent += await this.#connection.write(bytes.subarray(sent));
    }
  }

  async #read(): Promise<Reply> {
    let end: number;
    while ((end = this.#indexOfHeadEnd()) < 0) await this.#fill();
    const head = decoder.decode(this.#buffer.subarray(0, end));
    this.#consume(end + 4);
    const status = Number(head.slice(9, 12));
    const isLast = /\r\nconnection: *close\r\n/i.test(`${head}\r\n`);
    if (status === 204 || status === 304) return { status, body: "", isLast };
    const etag = /\r\netag: *([^\r]+)/i.exec(head)?.[1];
    const retryAfter = /\r\nretry-after: *([^\r]+)/i.exec(head)?.[1];
    const told = {
      status,
      isLast,
      ...(etag === undefined ? {} : { etag }),
      ...(retryAfter === undefined ? {} : { retryAfter }),
    };
    const length = /\r\ncontent-length: *(\d+)/i.exec(head)?.[1];
    if (length !== undefined) return { ...told, body: await this.#take(Number(length)) };
    if (/\r\ntransfer-encoding: *chunked/i.test(head)) {
      return { ...told, body: await this.#takeChunks() };
    }
    return { ...told, body: "" };
  }

  async #takeChunks(): Promise<string> {
    let body = "";
    while (true) {
      let line: number;
      while ((line = this.#indexOfLineEnd()) < 0) await this.#fill();
      const size = parseInt(decoder.decode(this.#buffer.subarray(0, line)), 16);
      this.#consume(line + 2);
      const chunk = await this.#take(size + 2);
      if (size === 0) return body;
      body += chunk.slice(0, -2);
    }
  }

  async #take(length: number): Promise<string> {
    while (this.#length < length) await this.#fill();
    const text = decoder.decode(this.#buffer.subarray(0, length));
    this.#consume(length);
    return text;
  }

  async #fill(): Promise<void> {
    if (this.#length === this.#buffer.length) {
      const larger = new Uint8Array(this.#buffer.length * 2);
      larger.set(this.#buffer);
      this.#buffer = larger;
    }
    const read = await this.#connection.read(this.#buffer.subarray(this.#length));
    if (read === null) throw new Error("The server closed the connection");
    this.#length += read;
    this.bytes += read;
  }

  #consume(count: number): void {
    this.#buffer.copyWithin(0, count, this.#length);
    this.#length -= count;
  }

  #indexOfHeadEnd(): number {
    const { buffer, length } = { buffer: this.#buffer, length: this.#length };
    for (let i = 0; i + 3 < length; i++) {
      if (
        buffer[i] === 13 && buffer[i + 1] === 10 && buffer[i + 2] === 13 && buffer[i + 3] === 10
      ) return i;
    }
    return -1;
  }

  #indexOfLineEnd(): number {
    for (let i = 0; i + 1 < this.#length; i++) {
      if (this.#buffer[i] === 13 && this.#buffer[i + 1] === 10) return i;
    }
    return -1;
  }
}
