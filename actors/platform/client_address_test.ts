import assert from "node:assert/strict";
import { limiterKey, networkOf, TrustedProxies } from "./client_address.ts";
import { ConfigError } from "./config.ts";

const proxies = new TrustedProxies(["127.0.0.0/8", "::1", "10.1.0.0/16"]);

function from(peer: string, forwarded?: string): string {
  return proxies.clientOf(peer, forwarded);
}

Deno.test("the peer counts unless it is a trusted proxy", () => {
  assert.equal(from("203.0.113.7", "198.51.100.1"), "203.0.113.7");
  assert.equal(from("127.0.0.1"), "127.0.0.1");
  assert.equal(from("127.0.0.1", "198.51.100.1"), "198.51.100.1");
  assert.equal(from("::1", "2001:db8::1"), "2001:db8::1");
});

Deno.test("of a chain the rightmost address that is no trusted proxy counts", () => {
  assert.equal(from("127.0.0.1", "6.6.6.6, 198.51.100.1, 10.1.2.3"), "198.51.100.1");
  assert.equal(from("127.0.0.1", "10.1.2.3, 10.1.2.4"), "10.1.2.3");
});

Deno.test("text that is no address ends the chain", () => {
  assert.equal(from("127.0.0.1", "evil"), "127.0.0.1");
  assert.equal(from("127.0.0.1", "198.51.100.1, evil, 10.1.2.3"), "10.1.2.3");
  assert.equal(from("127.0.0.1", ""), "127.0.0.1");
});

Deno.test("an IPv6 client counts as its /64 network", () => {
  assert.equal(limiterKey("198.51.100.1"), "198.51.100.1");
  assert.equal(limiterKey("2001:db8:1:2:3:4:5:6"), "2001:db8:1:2::/64");
  assert.equal(limiterKey("2001:db8::5"), limiterKey("2001:db8::6"));
  assert.equal(limiterKey("2001:DB8:0::5"), limiterKey("2001:0db8::6"));
  assert.notEqual(limiterKey("2001:db8:0:1::5"), limiterKey("2001:db8::5"));
});

Deno.test("a place is the /24 network of an IPv4 address, the /64 of an IPv6 address", () => {
  assert.equal(networkOf("198.51.100.1"), "198.51.100.0/24");
  assert.equal(networkOf("198.51.100.254"), networkOf("198.51.100.1"));
  assert.notEqual(networkOf("198.51.101.1"), networkOf("198.51.100.1"));
  assert.equal(networkOf("2001:db8:1:2:3:4:5:6"), "2001:db8:1:2::/64");
});

Deno.test("an IPv4 address that is written as one of IPv6 is the same client", () => {
  assert.equal(from("::ffff:203.0.113.7", "198.51.100.1"), "203.0.113.7");
  assert.equal(from("::ffff:127.0.0.1", "198.51.100.1"), "198.51.100.1");
  assert.equal(from("127.0.0.1", "6.6.6.6, ::FFFF:198.51.100.1"), "198.51.100.1");
});

Deno.test("clients are counted apart, however their addresses are written", () => {
  assert.equal(limiterKey("::ffff:1.2.3.4"), "1.2.3.4");
  assert.equal(limiterKey("::ffff:102:304"), "1.2.3.4");
  const keys = ["::ffff:1.2.3.4", "::ffff:5.6.7.8", "::1"].map(limiterKey);
  assert.equal(new Set(keys).size, 3);
  assert.equal(limiterKey("2001:DB8::"), limiterKey("2001:db8::"));
  assert.equal(networkOf("::ffff:1.2.3.4"), "1.2.3.0/24");
});

Deno.test("a proxy may write ports and brackets", () => {
  assert.equal(from("127.0.0.1", "9.9.9.9:4711"), "9.9.9.9");
  assert.equal(from("127.0.0.1", "[2001:db8::1], 10.1.2.3:80"), "2001:db8::1");
  assert.equal(from("127.0.0.1", "[2001:DB8::1]:4711"), "2001:db8::1");
});

Deno.test("TLS is known from the address or from a trusted proxy only", () => {
  const headers = { "x-forwarded-proto": "https" };
  assert.equal(proxies.isSecure(new Request("http://edge/", { headers }), "127.0.0.1"), true);
  assert.equal(proxies.isSecure(new Request("http://edge/", { headers }), "6.6.6.6"), false);
  assert.equal(proxies.isSecure(new Request("https://edge/"), "6.6.6.6"), true);
});

Deno.test("a setting that names no address stops the start", () => {
  for (const entry of ["proxy", "10.0.0.0/x", "10.0.0.0/33"]) {
    assert.throws(() => new TrustedProxies([entry]), ConfigError);
  }
});
