import assert from "node:assert/strict";
import { deployedSettings } from "./settings.ts";

Deno.test("the settings are those of the manifests, and the environment stays as it was", () => {
  const before = Deno.env.get("DRAIN_MS");
  const settings = deployedSettings();
  assert.equal(settings.streamsPerAddress, 300, "those of production");
  assert.ok(settings.drainMs > 5_000, "not the default");
  assert.equal(Deno.env.get("DRAIN_MS"), before);
});
