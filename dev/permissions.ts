/**
 * What a process may reach besides what its permission set in `deno.json` names: the servers, the ports and
 * the files of its own settings. Given with the command, it replaces what the set says of network and files.
 */

const defaultPorts: Readonly<Record<string, number>> = {
  nats: 4222,
  tls: 4222,
  ws: 80,
  wss: 443,
  postgres: 5432,
  postgresql: 5432,
  http: 80,
  https: 443,
};

/** What the edge reads whatever its settings are. */
const assets = "web/assets";

/** The flags of a process of the kind `service` with these settings. Pure. */
export function permissionFlags(
  service: string,
  settings: Readonly<Record<string, string>>,
): string[] {
  const { HOST = "127.0.0.1", PORT, METRICS_PORT } = settings;
  const listens = [PORT, METRICS_PORT].flatMap((port) => port ? [`${HOST}:${port}`] : []);
  const asks = ["NATS_URL", "DATABASE_URL", "STREAMER_URL"].flatMap((name) =>
    addressesIn(settings[name] ?? "")
  );
  const files = ["SIGNING_KEY_FILE", "JWKS_FILE"].flatMap((name) => settings[name] || []);
  const reads = service === "edge" ? [assets, ...files] : files;
  return [
    `--allow-net=${[...new Set([...asks, ...listens])].join(",")}`,
    ...(reads.length > 0 ? [`--allow-read=${reads.join(",")}`] : []),
  ];
}

/** `host:port` of each server in a URL, or in several with commas between, or between their hosts. Pure. */
export function addressesIn(urls: string): string[] {
  let scheme = "nats";
  return urls.split(",").map((part) => part.trim()).filter(Boolean).map((part) => {
    const [, named, rest = ""] = /^(?:([a-z]+):\/\/)?(?:[^@/]*@)?([^/?]*)/.exec(part) ?? [];
    scheme = named ?? scheme;
    return /:\d+$/.test(rest) ? rest : `${rest || "localhost"}:${defaultPorts[scheme]}`;
  });
}
