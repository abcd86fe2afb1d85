/** The top line of the app: brand, connection, account. */
import { useRef } from "preact/hooks";
import { Avatar } from "../components/avatar.tsx";
import { Brand } from "../components/brand.tsx";
import { ConnectionBadge } from "../components/connection_badge.tsx";
import { Icon } from "../components/icon.tsx";
import { ThemeSwitch } from "../components/theme_switch.tsx";
import {
  ApiError,
  explain,
  logout,
  NetworkError,
  refresh,
  shortcuts,
  status,
  user,
} from "../session/mod.ts";
import { drawerOpen, notify } from "../store/mod.ts";

export function AppHeader() {
  return (
    <header class="app-header">
      <button
        type="button"
        class="btn btn-ghost btn-sm btn-square drawer-button"
        aria-label="Groups"
        aria-expanded={drawerOpen.value}
        aria-controls="groups"
        onClick={() => drawerOpen.value = !drawerOpen.value}
      >
        <Icon name="menu" size={18} />
      </button>
      <Brand />
      <ConnectionBadge />
      <span class="grow" />
      {status.value === "signed-out"
        ? <a class="btn btn-primary btn-sm" href="/login">Sign in</a>
        : <AccountMenu />}
    </header>
  );
}

function AccountMenu() {
  const menu = useRef<HTMLDivElement>(null);
  const name = user.value?.username;
  return (
    <>
      <button
        type="button"
        class="btn btn-ghost btn-sm account"
        popovertarget="account-menu"
      >
        <Avatar id={user.value?.user_id ?? ""} name={name} />
        <span class="account-name">
          <span class="sr-only">Account of</span> {name ?? "…"}
        </span>
        <Icon name="chevron" size={14} />
      </button>
      <div id="account-menu" class="popover" popover="auto" ref={menu}>
        <div class="popover-row">
          <span>Theme</span>
          <ThemeSwitch />
        </div>
        <label class="popover-row">
          <span>Keyboard shortcuts</span>
          <input
            type="checkbox"
            class="switch"
            checked={shortcuts.value}
            onChange={(event) => shortcuts.value = event.currentTarget.checked}
          />
        </label>
        <hr />
        <button
          type="button"
          class="menu-item"
          onClick={() => {
            menu.current?.hidePopover();
            refreshByHand();
          }}
        >
          <Icon name="key" /> Refresh token
        </button>
        <button type="button" class="menu-item" onClick={leaveApp}>
          <Icon name="logout" /> Log out
        </button>
      </div>
    </>
  );
}

async function refreshByHand(): Promise<void> {
  try {
    await refresh();
    notify({ kind: "success", text: "The token was refreshed." });
  } catch (error) {
    notify({ kind: "error", text: explain(error) });
  }
}

async function leaveApp(): Promise<void> {
  try {
    await logout();
  } catch (error) {
    // The session is over in this browser either way; the server ends it when its time is up.
    if (!(error instanceof ApiError) && !(error instanceof NetworkError)) throw error;
  }
}
