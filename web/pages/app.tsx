/** `/app`: header, groups, list and feed. Rendered without data; the islands fetch their own. */
import { Island } from "../components/island.tsx";
import { AppHeader } from "../islands/app_header.tsx";
import { Board } from "../islands/board.tsx";
import { FeedPanel } from "../islands/feed_panel.tsx";
import { Overlays } from "../islands/overlays.tsx";
import { Sidebar } from "../islands/sidebar.tsx";

export function AppPage() {
  return (
    <div class="app">
      <a class="skip-link" href="#main">Skip to the todos</a>
      <Island name="app_header" component={AppHeader} />
      <div class="app-body">
        <Island name="sidebar" component={Sidebar} />
        <Island name="board" component={Board} />
        <Island name="feed_panel" component={FeedPanel} />
      </div>
      <Island name="overlays" component={Overlays} />
      <noscript>
        <p class="noscript">Todo-1M needs JavaScript to show changes as they happen.</p>
      </noscript>
    </div>
  );
}
