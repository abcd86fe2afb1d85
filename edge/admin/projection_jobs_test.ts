import assert from "node:assert/strict";
import type { Sql } from "../../actors/platform/mod.ts";
import { adminOf } from "./_testing.ts";
import { projectionJobRoutes } from "./projection_jobs.ts";

const PATH = "/api/v1/admin/projection";
const ID = "019a3d00-0000-4000-8000-000000000001";

/** A database that must not be asked. */
const untouched = (() => {
  throw new Error("The database was asked");
}) as unknown as Sql;

Deno.test.each<{ what: string; method: string; path: string; parameter: string }>([
  {
    what: "a group that has no id",
    method: "POST",
    path: "/check?group_id=a.b",
    parameter: "group_id",
  },
  { what: "an empty group", method: "POST", path: "/check?group_id=", parameter: "group_id" },
  { what: "a job that has no id", method: "GET", path: "/jobs/1", parameter: "job_id" },
  {
    what: "no id to cancel",
    method: "DELETE",
    path: `/jobs/${ID.toUpperCase()}`,
    parameter: "job_id",
  },
])("$what is refused with its place", async ({ method, path, parameter }) => {
  const send = adminOf(projectionJobRoutes(untouched));
  const { status, problem } = await send(method, PATH + path);
  assert.equal(status, 400);
  assert.deepEqual(problem?.errors?.map((error) => error.parameter), [parameter]);
});

Deno.test("nobody asks for jobs without the ops token", async () => {
  const send = adminOf(projectionJobRoutes(untouched));
  for (const authorization of ["", "Bearer another"]) {
    const { status } = await send("POST", `${PATH}/rebuild`, authorization);
    assert.equal(status, 401);
  }
});
