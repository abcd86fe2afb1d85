/**
 * The islands loader: finds the parts of a server-rendered page that are alive and hydrates each with
 * its component. The terms are Fresh's; islands share state by importing the same store.
 */
import { type ComponentType, h, hydrate } from "preact";

/** Hydrates every `[data-island]` of the page; a name without a component is a mistake of the build. */
export function hydrateIslands(islands: Readonly<Record<string, ComponentType>>): void {
  for (const place of document.querySelectorAll<HTMLElement>("[data-island]")) {
    const name = place.dataset.island ?? "";
    const island = islands[name];
    if (!island) throw new Error(`Cannot hydrate the island "${name}": it is not in this bundle`);
    hydrate(h(island, null), place);
    place.dataset.hydrated = "true";
  }
}
