/** Answers with a group's whole log, as fast as it is taken: one page of it is in memory. */
import { logger } from "../../actors/platform/mod.ts";
import { ExportWriter } from "./export_format.ts";
import type { GroupLog, OpenLog } from "./group_log.ts";

/** A client that takes nothing for so long is given up. */
const STALL_MS = 30_000;

/**
 * The log of `groupId` as newline-delimited JSON, up to what is its newest message now.
 *
 * @param options.end called once, when the answer has been taken or given up
 * @throws {Error} when the log cannot be opened; later failures break the answer off, which then lacks its end
 */
export async function exportAnswer(
  log: GroupLog,
  { groupId, end }: { readonly groupId: string; readonly end: () => void },
): Promise<Response> {
  let opened: OpenLog;
  try {
    opened = await log.open(groupId);
  } catch (error) {
    end();
    throw error;
  }
  return exportHead(groupId, streamOf(linesOf(groupId, opened), end));
}

/** The same without content, to HEAD: nothing is read of the log. */
export function exportHead(groupId: string, content: ReadableStream | null = null): Response {
  return new Response(content, {
    headers: {
      "content-type": "application/x-ndjson",
      "content-disposition": `attachment; filename="${groupId}.ndjson"`,
      "cache-control": "no-store",
    },
  });
}

/** The lines of the export; those of a page at once. */
async function* linesOf(groupId: string, { stream, pages }: OpenLog): AsyncGenerator<string> {
  const writer = new ExportWriter();
  yield writer.head({ groupId, stream, exportedAt: new Date().toISOString() });
  for await (const page of pages(0)) {
    yield page.map((message) => writer.message(message)).join("");
  }
  yield writer.end();
}

/** `texts` as bytes, made when they are asked for; `end` is called once, however it ends. */
function streamOf(texts: AsyncGenerator<string>, end: () => void): ReadableStream<Uint8Array> {
  const encoder = new TextEncoder();
  let stalled: ReturnType<typeof setTimeout> | undefined;
  const finish = async () => {
    clearTimeout(stalled);
    end();
    await texts.return(undefined);
  };
  const expect = (controller: ReadableStreamDefaultController) => {
    stalled = setTimeout(() => {
      controller.error(new Error(`Nobody has taken the export for ${STALL_MS} ms`));
      void finish();
    }, STALL_MS);
  };
  return new ReadableStream({
    start: expect,
    async pull(controller) {
      clearTimeout(stalled);
      try {
        const { value, done } = await texts.next();
        if (done) {
          await finish();
          return controller.close();
        }
        controller.enqueue(encoder.encode(value));
        expect(controller);
      } catch (error) {
        logger("edge.audit").warning("An export is broken off: {reason}", {
          reason: String(error),
        });
        await finish();
        controller.error(error);
      }
    },
    cancel: finish,
  }, { highWaterMark: 0 });
}
