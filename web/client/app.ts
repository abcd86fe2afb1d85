/** Browser entry of `/app`. */
import { AppHeader } from "../islands/app_header.tsx";
import { Board } from "../islands/board.tsx";
import { FeedPanel } from "../islands/feed_panel.tsx";
import { Overlays } from "../islands/overlays.tsx";
import { Sidebar } from "../islands/sidebar.tsx";
import { startPreferences, startSession } from "../session/mod.ts";
import { startApp } from "../store/mod.ts";
import { hydrateIslands } from "./islands.ts";

hydrateIslands({
  app_header: AppHeader,
  board: Board,
  feed_panel: FeedPanel,
  overlays: Overlays,
  sidebar: Sidebar,
});
// After hydration, because the server rendered the defaults.
startPreferences();
startSession();
startApp();
