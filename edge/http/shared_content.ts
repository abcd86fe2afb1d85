/**
 * Content that is the same for everybody: encoded once for each encoding that is asked for, and sent with a
 * tag, so that who has it already gets 304.
 */
import { createHash } from "node:crypto";
import { NOT_TRANSFORMED, unchanged } from "./conditional.ts";
import { encoded, ENCODED_MIN_BYTES, type Encoding, encodingFor } from "./encoding.ts";
import type { EdgeContext } from "./route.ts";

export interface ContentOptions {
  /** Value of `Content-Type`. */
  readonly type: string;
  /** Value of `Cache-Control`. */
  readonly cacheControl: string;
}

/** Content and its forms in the encodings that were asked for. */
export class SharedContent {
  readonly #bytes: Uint8Array<ArrayBuffer>;
  readonly #options: ContentOptions;
  readonly #hash: string;
  readonly #forms = new Map<Encoding, Promise<Uint8Array<ArrayBuffer>>>();

  constructor(content: string | Uint8Array<ArrayBuffer>, options: ContentOptions) {
    this.#bytes = typeof content === "string" ? new TextEncoder().encode(content) : content;
    this.#options = options;
    this.#hash = createHash("sha256").update(this.#bytes).digest("base64url").slice(0, 22);
  }

  /** The content as the client of `context` takes it, or 304 when it has that. */
  async answer(context: EdgeContext): Promise<Response> {
    const isSmall = this.#bytes.length < ENCODED_MIN_BYTES;
    const encoding = isSmall ? "identity" : encodingFor(context);
    const fields = {
      "cache-control": `${this.#options.cacheControl}, ${NOT_TRANSFORMED}`,
      // Strong, and therefore another one for each form (RFC 9110, section 8.8.3).
      "etag": encoding === "identity" ? `"${this.#hash}"` : `"${this.#hash}-${encoding}"`,
      ...(isSmall ? {} : { "vary": "Accept-Encoding" }),
    };
    return unchanged(context, fields) ?? new Response(await this.#in(encoding), {
      headers: {
        ...fields,
        "content-type": this.#options.type,
        ...(encoding === "identity" ? {} : { "content-encoding": encoding }),
      },
    });
  }

  #in(encoding: Encoding): Promise<Uint8Array<ArrayBuffer>> {
    let form = this.#forms.get(encoding);
    if (!form) this.#forms.set(encoding, form = encoded(this.#bytes, encoding));
    return form;
  }
}
