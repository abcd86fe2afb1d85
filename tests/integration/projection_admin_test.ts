/** Rebuilding and checking the read model of the running stack over the admin API, while people use it. */
import assert from "node:assert/strict";
import { eventually, setting } from "../support/eventually.ts";
import { assertProblem, groupOf, send, somebody } from "./_edge_client.ts";

const PATH = "/api/v1/admin/projection";
const token = setting("TEST_OPS_TOKEN");

/** Asks for a job; there may be another one at first. */
async function request(path: string): Promise<string> {
  let id = "";
  await eventually(
    async () => {
      const { status, body, headers, text } = await send("POST", PATH + path, { token });
      if (status === 409) return false;
      assert.equal(status, 202, text);
      id = body.job_id;
      assert.equal(headers.get("location"), `${PATH}/jobs/${id}`);
      return true;
    },
    "a job to be taken",
    60_000,
  );
  return id;
}

async function ended(id: string): Promise<Record<string, unknown>> {
  let job: Record<string, unknown> = {};
  await eventually(
    async () => {
      const { status, text } = await send("GET", `${PATH}/jobs/${id}`, { token });
      assert.equal(status, 200, text);
      job = JSON.parse(text);
      return job["state"] !== "requested" && job["state"] !== "running";
    },
    "the job to end",
    60_000,
  );
  return job;
}

Deno.test("people use the edge as ever while an operator rebuilds what they read", async () => {
  const owner = await somebody();
  const group = await groupOf(owner);
  let isOver = false;
  const counts = { writes: 0, reads: 0 };
  const use = async () => {
    let version = 0;
    while (!isOver) {
      const written = await send("POST", "/api/v1/command", {
        token: owner.token,
        body: { type: "todo.create", group_id: group, payload: { title: "Milk" } },
      });
      assert.ok([200, 201].includes(written.status), written.text);
      assert.ok(written.body.version > version);
      version = written.body.version;
      counts.writes++;
      for (const path of ["/todos", "/todos?limit=1", ""]) {
        const at = `${path.includes("?") ? "&" : "?"}min_version=${version}`;
        const url = path === ""
          ? `/api/v1/groups/${group}${at}`
          : `/api/v1${path}${at}&group_id=${group}`;
        const read = await send("GET", url, { token: owner.token });
        assert.equal(read.status, 200, `${url}: ${read.text}`);
        counts.reads++;
      }
    }
  };
  const using = Promise.all([use()]);
  try {
    for (let i = 0; i < 2; i++) {
      const job = await ended(await request("/rebuild"));
      assert.equal(job["state"], "done", JSON.stringify(job));
    }
  } finally {
    isOver = true;
    await using;
  }
  assert.ok(counts.writes > 10, JSON.stringify(counts));
  const check = await ended(await request(`/check?group_id=${group}`));
  assert.equal(check["state"], "done", JSON.stringify(check));
  const { equal, events } = check["result"] as { equal: boolean; events: number };
  assert.ok(equal, JSON.stringify(check));
  assert.ok(events > counts.writes);
});

Deno.test("jobs are listed; one that is over cannot be cancelled, and one that is not there is not found", async () => {
  const id = await request("/check?group_id=nobody");
  await ended(id);
  const { body } = await send("GET", `${PATH}/jobs`, { token });
  assert.ok(JSON.stringify(body).includes(id));
  assertProblem(await send("DELETE", `${PATH}/jobs/${id}`, { token }), 409, "conflict");
  const other = `${PATH}/jobs/${crypto.randomUUID()}`;
  assertProblem(await send("GET", other, { token }), 404, "not-found");
  assertProblem(await send("DELETE", other, { token }), 404, "not-found");
});

Deno.test("a job that is cancelled ends as that, or was done before", async () => {
  const id = await request("/rebuild");
  const { status, text } = await send("DELETE", `${PATH}/jobs/${id}`, { token });
  assert.ok(status === 202 || status === 409, text);
  assert.match(String((await ended(id))["state"]), /^(cancelled|done)$/);
});
