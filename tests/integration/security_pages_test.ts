/** Text that people write stays text wherever the edge puts it into HTML. */
import assert from "node:assert/strict";
import { groupOf, type Person, send, somebody } from "./_edge_client.ts";

const PAYLOADS: readonly string[] = [
  "<script>alert(1)</script>",
  "</script><script>alert(1)</script>",
  "<SCRIPT SRC=//evil.example/x.js></SCRIPT>",
  "<scr<script>ipt>alert(1)</scr</script>ipt>",
  "<img src=x onerror=alert(1)>",
  "<img/src=x/onerror=alert(1)>",
  '"><img src=x onerror=alert(1)>',
  "'><img src=x onerror=alert(1)>",
  "<svg onload=alert(1)>",
  "<svg/onload=alert(1)>",
  "<svg><script>alert(1)</script></svg>",
  "<svg><animate onbegin=alert(1) attributeName=x dur=1s>",
  '<svg><a xlink:href="javascript:alert(1)"><text y=9>x</text></a></svg>',
  "<math><mi//xlink:href='data:x,<script>alert(1)</script>'>",
  "<body onload=alert(1)>",
  "<iframe src=javascript:alert(1)></iframe>",
  "<iframe srcdoc='<script>alert(1)</script>'></iframe>",
  "<object data=javascript:alert(1)></object>",
  "<embed src=javascript:alert(1)>",
  "<a href=javascript:alert(1)>x</a>",
  "<a href='java&#9;script:alert(1)'>x</a>",
  "<a href=data:text/html,<script>alert(1)</script>>x</a>",
  "<form action=javascript:alert(1)><button>x</button></form>",
  "<button formaction=javascript:alert(1)>x</button>",
  "<input autofocus onfocus=alert(1)>",
  "<select autofocus onfocus=alert(1)></select>",
  "<textarea autofocus onfocus=alert(1)></textarea>",
  "</textarea><script>alert(1)</script>",
  "</title><script>alert(1)</script>",
  "</style><script>alert(1)</script>",
  "<style>@import'//evil.example'</style>",
  "<link rel=stylesheet href=//evil.example/x.css>",
  "<meta http-equiv=refresh content='0;url=//evil.example'>",
  "<base href=//evil.example/>",
  "<video><source onerror=alert(1)></video>",
  "<audio src onerror=alert(1)>",
  "<details open ontoggle=alert(1)>",
  "<marquee onstart=alert(1)>",
  "<template><script>alert(1)</script></template>",
  "<noscript><p title='</noscript><img src=x onerror=alert(1)>'>",
  "<!--><script>alert(1)</script>-->",
  "<![CDATA[<script>alert(1)</script>]]>",
  "<?xml version='1.0'?><script>alert(1)</script>",
  '" onmouseover="alert(1)',
  "' onmouseover='alert(1)",
  "` onmouseover=`alert(1)",
  '" autofocus onfocus=alert(1) x="',
  "javascript:alert(1)",
  "&lt;script&gt;alert(1)&lt;/script&gt;",
  "&#60;script&#62;alert(1)&#60;/script&#62;",
  "&#x3c;script&#x3e;alert(1)",
  "%3Cscript%3Ealert(1)%3C/script%3E",
  "\\u003cscript\\u003ealert(1)",
  "\\x3cscript\\x3ealert(1)",
  "{{constructor.constructor('alert(1)')()}}",
  "${alert(1)}",
  "<%= 7*7 %>",
  "＜script＞alert(1)＜/script＞",
  "<script\u2028>alert(1)</script>",
  "]]>\"'><script>alert(1)</script>",
];

/** Every tag with the names of its attributes, as a browser would find them. */
function tagsOf(html: string): string[] {
  const tags = html.match(/<[/!?a-z](?:"[^"]*"|'[^']*'|[^>"'])*>/gi) ?? [];
  return tags.map((tag) => tag.replaceAll(/="[^"]*"|='[^']*'/g, "=")).sort();
}

/** The workspace of a group of `names.length` todos. */
async function workspace(person: Person, group: string, titles: readonly string[]) {
  const id = await groupOf(person, group);
  const answer = await send("POST", "/api/v1/commands", {
    token: person.token,
    body: {
      atomic: true,
      commands: titles.map((title) => ({ type: "todo.create", group_id: id, payload: { title } })),
    },
  });
  assert.equal(answer.status, 200, answer.text);
  const page = await send("GET", `/ui/workspace?group_id=${id}`, { token: person.token });
  assert.equal(page.status, 200);
  return page.text;
}

Deno.test("titles and names with markup add no tag and no attribute to the server's HTML", async () => {
  assert.equal(PAYLOADS.length, 60);
  const [good, evil] = await Promise.all([somebody(), somebody()]);
  const plain = await workspace(good, "Group", PAYLOADS.map(() => "Title"));
  const html = await workspace(evil, '"><script>alert("name")</script>', PAYLOADS);
  assert.ok(tagsOf(plain).length > PAYLOADS.length, "each todo has a tag of its own");
  assert.deepEqual(tagsOf(html), tagsOf(plain));
  assert.equal(tagsOf(html + PAYLOADS[0]).length, tagsOf(plain).length + 2, "a tag more is found");
});

Deno.test("a refusal that quotes markup is no HTML", async () => {
  const { token } = await somebody();
  const evil = "<script>alert(1)</script>";
  const answers = [
    await send("GET", `/${encodeURIComponent(evil)}`),
    await send("GET", `/api/v1/todos?group_id=${encodeURIComponent(evil)}`, { token }),
    await send("POST", "/api/v1/command", { token, body: { [evil]: evil } }),
    await send("POST", "/api/v1/auth/register", { body: { username: evil, password: "x" } }),
  ];
  for (const { status, headers } of answers) {
    assert.ok(status >= 400 && status < 500);
    assert.equal(headers.get("content-type"), "application/problem+json");
    assert.equal(headers.get("x-content-type-options"), "nosniff");
  }
});

Deno.test("no page lets a script make HTML, code or a script's address of text", async () => {
  for (const path of ["/", "/login", "/app", "/docs"]) {
    const { status, headers } = await send("GET", path);
    assert.equal(status, 200, path);
    const policy = (headers.get("content-security-policy") ?? "").split("; ");
    for (
      const rule of [
        "default-src 'none'",
        "object-src 'none'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
        "require-trusted-types-for 'script'",
        "trusted-types 'none'",
        "report-to csp",
        "report-uri /csp-reports",
      ]
    ) assert.ok(policy.includes(rule), `${path}: ${rule}`);
    assert.equal(headers.get("reporting-endpoints"), 'csp="/csp-reports"', path);
    assert.doesNotMatch(policy.join(), /unsafe-(inline|eval|hashes)|script-src[^;]*(\*|https?:)/);
  }
});
