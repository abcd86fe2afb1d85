/** Marks a part of a page that comes alive in the browser; `name` is its key in the page's bundle. */
import type { ComponentType } from "preact";

export function Island({ name, component: Content }: { name: string; component: ComponentType }) {
  return (
    <div class="island" data-island={name}>
      <Content />
    </div>
  );
}
