/** Browser entry of `/` and `/login`. */
import { LoginCard } from "../islands/login_card.tsx";
import { startPreferences, startSession } from "../session/mod.ts";
import { hydrateIslands } from "./islands.ts";

hydrateIslands({ login_card: LoginCard });
// After hydration, because the server rendered the defaults.
startPreferences();
startSession();
