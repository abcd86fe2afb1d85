/** What edge and streamer make of bytes that no honest client sends. */
import assert from "node:assert/strict";
import { setting } from "../support/eventually.ts";
import { PATIENCE_MS, withEdge } from "./_edge_process.ts";
import { exchange } from "./_exchange.ts";
import { until } from "./_until.ts";

const HOST = "Host: edge\r\n";
const CHUNKED = "Transfer-Encoding: chunked\r\n";
const END = "0\r\n\r\n";
const SECOND = `GET /livez HTTP/1.1\r\n${HOST}\r\n`;

/** Requests whose end two servers could see in different places, or that are no HTTP. */
const ODD: Readonly<Record<string, string>> = {
  "a length and chunks": `POST /x HTTP/1.1\r\n${HOST}Content-Length: 6\r\n${CHUNKED}\r\n${END}`,
  "chunks and a length": `POST /x HTTP/1.1\r\n${HOST}${CHUNKED}Content-Length: 6\r\n\r\n${END}`,
  "two lengths": `POST /x HTTP/1.1\r\n${HOST}Content-Length: 5\r\nContent-Length: 0\r\n\r\nhello`,
  "a list of lengths": `POST /x HTTP/1.1\r\n${HOST}Content-Length: 5, 5\r\n\r\nhello`,
  "a negative length": `POST /x HTTP/1.1\r\n${HOST}Content-Length: -1\r\n\r\n`,
  "a signed length": `POST /x HTTP/1.1\r\n${HOST}Content-Length: +5\r\n\r\nhello`,
  "chunks that are not last":
    `POST /x HTTP/1.1\r\n${HOST}Transfer-Encoding: chunked, identity\r\n\r\n${END}`,
  "an unknown coding": `POST /x HTTP/1.1\r\n${HOST}Transfer-Encoding: xchunked\r\n\r\n${END}`,
  "a space before a colon": `POST /x HTTP/1.1\r\n${HOST}Transfer-Encoding : chunked\r\n\r\n${END}`,
  "chunks in HTTP/1.0": `POST /x HTTP/1.0\r\n${HOST}${CHUNKED}\r\n${END}`,
  "a folded field": `GET /x HTTP/1.1\r\n${HOST}X-A: a\r\n b\r\n\r\n`,
  "NUL in a field": `GET /x HTTP/1.1\r\n${HOST}X-A: a\0b\r\n\r\n`,
  "a space in the address": `GET /x y HTTP/1.1\r\n${HOST}\r\n`,
  "a field of 500 KB": `GET /x HTTP/1.1\r\n${HOST}X-A: ${"a".repeat(500_000)}\r\n\r\n`,
  "no HTTP at all": "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n",
};

Deno.test("odd framing is refused, and what follows it on the connection is not answered", async () => {
  for (const [what, bytes] of Object.entries(ODD)) {
    const answer = await exchange(bytes + SECOND, setting("TEST_EDGE_URL"));
    assert.match(answer, /^HTTP\/1\.1 400 /, what);
    assert.equal(answer.split("HTTP/1.1 ").length, 2, `${what}: one answer, ${answer}`);
  }
});

/** Requests for `/livez` that another route would answer if the runtime's URL of them counted. */
const MISDIRECTED: Readonly<Record<string, string>> = {
  "a host with a path": "GET /livez HTTP/1.1\r\nHost: x/metrics?\r\n",
  "a host with the path of a document": "GET /livez HTTP/1.1\r\nHost: x/openapi.json?\r\n",
  "a host with spaces": "GET /livez HTTP/1.1\r\nHost: a b/../@c\r\n",
  "a host with a user": "GET /livez HTTP/1.1\r\nHost: user@edge\r\n",
  "a host with a port that is none": "GET /livez HTTP/1.1\r\nHost: edge:99999\r\n",
  "an empty host": "GET /livez HTTP/1.1\r\nHost: \r\n",
  "no host": "GET /livez HTTP/1.1\r\n",
  "two hosts": `GET /livez HTTP/1.1\r\n${HOST}Host: other\r\n`,
  "a path with dots": `GET /livez/../metrics HTTP/1.1\r\n${HOST}`,
  "a path with encoded dots": `GET /livez/%2e%2E/metrics HTTP/1.1\r\n${HOST}`,
};

Deno.test("neither the host nor dots in the path choose another route", async () => {
  for (const place of ["TEST_EDGE_URL", "TEST_STREAMER_URL"]) {
    for (const [what, head] of Object.entries(MISDIRECTED)) {
      const answer = await exchange(`${head}Connection: close\r\n\r\n`, setting(place));
      assert.match(answer, /^HTTP\/1\.1 400 /, `${place} ${what}: ${answer}`);
    }
  }
});

Deno.test("what is for no place is a line in the log all the same", () =>
  withEdge(async ({ url, log }) => {
    const request = "GET /livez HTTP/1.1\r\nHost: user@edge\r\nConnection: close\r\n\r\n";
    assert.match(await exchange(request, url), /^HTTP\/1\.1 400 /);
    const told = /"message":"request".*"route":"none","status":400/;
    await until(() => told.test(log()), PATIENCE_MS, log);
  }, { LOG_REQUESTS: "on" }));
