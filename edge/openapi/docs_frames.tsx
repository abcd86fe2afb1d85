/** The frames of streams on the page that shows the API, from the document of streams and messages. */
import { asyncApiDocument } from "./asyncapi.ts";
import { FRAMES } from "./asyncapi_messages.ts";
import { SchemaBody } from "./docs_schema.tsx";
import { ExampleBlock, Prose } from "./docs_text.tsx";
import { MESSAGE_EXAMPLES } from "./examples/mod.ts";

export function StreamFrames() {
  const { schemas } = asyncApiDocument().components;
  return (
    <section aria-label="Frames of streams" id="frames">
      <h2 class="docs-section">Frames of streams</h2>
      <p class="docs-muted">
        <Prose text="What comes on `/events` and `/sse/cluster-info`, by the `event` field of the frame; `data` is one line of JSON" />
      </p>
      {Object.entries(FRAMES).map(([key, { name, summary, description, schema }]) => {
        const shape = schema && schemas[schema];
        const example = MESSAGE_EXAMPLES[key];
        return (
          <details class="docs-card" key={key} id={`frame-${name}`}>
            <summary>
              <code class="docs-path">{name}</code>
              <span class="docs-muted">{summary}</span>
            </summary>
            <div class="docs-body">
              <p>{description}</p>
              {shape ? <SchemaBody schema={shape} /> : null}
              {shape && example
                ? <ExampleBlock title={example.summary} value={example.payload} />
                : null}
            </div>
          </details>
        );
      })}
    </section>
  );
}
