import assert from "node:assert/strict";
import { limitFields } from "./limit_fields.ts";

Deno.test("the fields name each limit and what is left of it, never less than nothing", () => {
  assert.deepEqual(
    limitFields([
      { name: "streams", limit: 6, left: 5 },
      { name: "address-streams", limit: 300, left: -1 },
    ]),
    {
      "ratelimit-policy":
        '"streams";q=6;qu="concurrent-requests", "address-streams";q=300;qu="concurrent-requests"',
      "ratelimit": '"streams";r=5, "address-streams";r=0',
    },
  );
});
