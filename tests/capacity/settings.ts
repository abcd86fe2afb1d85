/** The streamer's real settings, read by its own code from what the manifests deploy. */
import { readConfig, type StreamConfig } from "../../actors/stream/mod.ts";

const MANIFEST = new URL("../../k8s/base/settings/streamer.env", import.meta.url);

/** What `readConfig` makes of the settings in `k8s/base/settings/streamer.env`, those in `over` replaced. */
export function deployedSettings(over: Readonly<Record<string, string>> = {}): StreamConfig {
  const lines = Deno.readTextFileSync(MANIFEST).split("\n")
    .filter((line) => line.includes("=") && !line.startsWith("#"));
  const written = lines.map((line): [string, string] => {
    const equals = line.indexOf("=");
    return [line.slice(0, equals), line.slice(equals + 1)];
  });
  const deployed = [...new Map([...written, ...Object.entries(over)])];
  const before = deployed.map(([name]) => [name, Deno.env.get(name)] as const);
  try {
    for (const [name, value] of deployed) Deno.env.set(name, value);
    return readConfig();
  } finally {
    for (const [name, value] of before) {
      if (value === undefined) Deno.env.delete(name);
      else Deno.env.set(name, value);
    }
  }
}
