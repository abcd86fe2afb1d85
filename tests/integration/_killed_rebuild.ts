/** A process that rebuilds the read model and kills itself at the point that its argument names. */
import { connectNats } from "../../actors/platform/mod.ts";
import { setting } from "../support/eventually.ts";
import { rebuilt } from "./_projection_jobs.ts";

const [where] = Deno.args;
const connection = await connectNats({ url: setting("NATS_URL"), name: "test" });
await rebuilt({ connection, databaseUrl: setting("DATABASE_URL") }, {
  atPoint: (point) => {
    if (point === where) Deno.kill(Deno.pid, "SIGKILL");
  },
});
Deno.exit();
