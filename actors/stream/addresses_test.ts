import assert from "node:assert/strict";
import type { IncomingMessage } from "node:http";
import { TrustedProxies } from "../platform/mod.ts";
import { ProblemError } from "../protocol/mod.ts";
import { Addresses } from "./addresses.ts";

function addresses(limit: number): { places: Addresses; refusals: () => number } {
  let refusals = 0;
  const proxies = new TrustedProxies(["10.0.0.0/8"]);
  const places = new Addresses({ limit, proxies, onLimited: () => refusals++ });
  return { places, refusals: () => refusals };
}

function request(remoteAddress: string, forwardedFor?: string): IncomingMessage {
  const headers = forwardedFor === undefined ? {} : { "x-forwarded-for": forwardedFor };
  return { socket: { remoteAddress }, headers } as unknown as IncomingMessage;
}

Deno.test("an address has room for as many streams as it may have, and again when one ends", () => {
  const { places, refusals } = addresses(2);
  for (let i = 0; i < 2; i++) {
    places.checkRoom("a");
    places.add("a");
  }
  const isRefusal = (error: unknown) =>
    error instanceof ProblemError && error.problem.code === "rate-limited";
  assert.throws(() => places.checkRoom("a"), isRefusal);
  assert.equal(refusals(), 1);
  places.checkRoom("b");
  places.remove("a");
  places.checkRoom("a");
});

Deno.test("an address without streams is not remembered", () => {
  const { places } = addresses(2);
  for (const address of ["a", "a", "b"]) places.add(address);
  assert.equal(places.size, 2);
  for (const address of ["a", "a", "b", "b"]) places.remove(address);
  assert.equal(places.size, 0);
});

Deno.test("the address is that of the peer, or of whom a trusted proxy names", () => {
  const { places } = addresses(2);
  assert.equal(places.of(request("203.0.113.7", "198.51.100.1")), "203.0.113.7");
  assert.equal(places.of(request("10.1.2.3", "6.6.6.6, 198.51.100.1")), "198.51.100.1");
  assert.equal(places.of(request("10.1.2.3")), "10.1.2.3");
  assert.equal(places.of(request("2001:db8::1")), places.of(request("2001:db8::2")));
});
