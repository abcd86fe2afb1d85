/** A person as a coloured initial. The colour follows from the id, so it is the same everywhere. */

const COLOURS = 6;

/** `name` may not be known yet; the colour stays when it comes. */
export function Avatar({ id, name }: { id: string; name: string | undefined }) {
  let sum = 0;
  for (let i = 0; i < id.length; i++) sum = (sum * 31 + id.charCodeAt(i)) >>> 0;
  return (
    <span class={`avatar avatar-${(sum % COLOURS) + 1}`} aria-hidden="true">
      {[...(name ?? "·")][0]?.toUpperCase()}
    </span>
  );
}
