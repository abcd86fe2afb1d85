import assert from "node:assert/strict";
import { run } from "./_exec.ts";
import { rootDir } from "./_paths.ts";

/** How the task ends with a registry that answers like this, or that is not there. */
async function auditWith(
  answer: (() => Response) | undefined,
): Promise<{ code: number; text: string }> {
  const server = Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen: () => {} },
    async (request) => {
      await request.body?.cancel();
      return answer?.() ?? new Response(null, { status: 404 });
    },
  );
  if (!answer) await server.shutdown();
  const { code, stdout, stderr } = await run(
    Deno.execPath(),
    ["run", "-A", "--frozen", `${rootDir}/dev/audit.ts`],
    {
      cwd: rootDir,
      env: { NPM_CONFIG_REGISTRY: `http://127.0.0.1:${server.addr.port}`, NO_COLOR: "1" },
      timeoutMs: 60_000,
    },
  );
  if (answer) await server.shutdown();
  return { code, text: (stdout + stderr).trim() };
}

const advisory = (severity: string) => () =>
  Response.json({
    hono: [{
      id: 1,
      url: "https://example.org/advisory",
      title: "It does what it should not",
      severity,
      vulnerable_versions: "<99.0.0",
      cwe: ["CWE-1"],
      cvss: { score: 9, vectorString: null },
    }],
  });

Deno.test("a package with an advisory of level high fails the audit, which names both", async () => {
  const { code, text } = await auditWith(advisory("high"));
  assert.equal(code, 1, text);
  assert.match(text, /It does what it should not/);
  assert.match(text, /hono/);
});

Deno.test("no advisory, or one of a lower level, is no failure", async () => {
  for (const answer of [() => Response.json({}), advisory("low")]) {
    const { code, text } = await auditWith(answer);
    assert.equal(code, 0, text);
    assert.match(text, /^✓ No package has an advisory/);
  }
});

Deno.test("a registry that is away, or that has no advisories, is said in one line and is no failure", async () => {
  const broken = () => new Response("Bad gateway", { status: 502 });
  for (const answer of [undefined, () => new Response("none", { status: 404 }), broken]) {
    const { code, text } = await auditWith(answer);
    assert.equal(code, 0, text);
    assert.match(text, /^! Packages were not audited, the advisories cannot be reached: [^\n]+$/);
  }
});
