import assert from "node:assert/strict";
import { addressOf } from "./address.ts";

Deno.test("an address has one form, however it is written", () => {
  const forms = {
    "9.9.9.9": ["9.9.9.9", " 9.9.9.9 ", "9.9.9.9:4711", "::ffff:9.9.9.9", "::FFFF:909:909"],
    "2001:db8::1": ["2001:db8::1", "2001:DB8:0:0::1", "[2001:db8::1]", "[2001:db8::1]:4711"],
    "2001:db8::": ["2001:db8::", "2001:DB8::", "2001:db8:0:0:0:0:0:0"],
    "1.2.3.4": ["[::ffff:1.2.3.4]:80", "0:0:0:0:0:ffff:102:304"],
    "::1": ["::1", "[::1]"],
    "fe80::1": ["fe80::1%eth0"],
    "64:ff9b::102:304": ["64:ff9b::1.2.3.4"],
  };
  for (const [address, texts] of Object.entries(forms)) {
    for (const text of texts) assert.equal(addressOf(text), address, text);
  }
});

Deno.test("what is no address has none", () => {
  const texts = [
    "",
    "evil",
    "unknown",
    "_hidden",
    "9.9.9",
    "[9.9.9.9]",
    "9.9.9.9:port",
    "[::1",
    ":::",
  ];
  for (const text of texts) assert.equal(addressOf(text), undefined, text);
});
