/** Small pieces of text on the page that shows the API. */

/** Text with `code` and [links](…) in it. */
export function Prose({ text }: { text: string }) {
  const parts = text.split(/(`[^`]+`|\[[^\]]+\]\([^)]+\))/);
  return (
    <>
      {parts.map((part) => {
        const link = /^\[([^\]]+)\]\(([^)]+)\)$/.exec(part);
        if (link) return <a key={part} href={link[2] ?? ""}>{link[1]}</a>;
        return part.startsWith("`") ? <code key={part}>{part.slice(1, -1)}</code> : part;
      })}
    </>
  );
}

/** Something to read or copy, as it is. */
export function Code({ text }: { text: string }) {
  return <pre tabIndex={0}>{text}</pre>;
}

/** A value as JSON, or text as it is, behind a line that opens it. */
export function ExampleBlock(
  { title, value, open = false }: { title: string; value: unknown; open?: boolean },
) {
  return (
    <details class="docs-example" open={open}>
      <summary>{title}</summary>
      <Code text={typeof value === "string" ? value : JSON.stringify(value, null, 2)} />
    </details>
  );
}
