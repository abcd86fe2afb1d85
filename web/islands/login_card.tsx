/** Sign in or register: one card, the same two fields, one place for what went wrong. */
import { useSignal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import { Brand } from "../components/brand.tsx";
import { Icon } from "../components/icon.tsx";
import { ThemeSwitch } from "../components/theme_switch.tsx";
import { ApiError, enter, explain, maybeSignedIn, NetworkError, refresh } from "../session/mod.ts";

type Mode = "login" | "register";

const MODES = [
  {
    value: "login",
    label: "Sign in",
    busy: "Signing in…",
    hint: "Welcome back. Use your username and password.",
  },
  {
    value: "register",
    label: "Register",
    busy: "Creating your account…",
    hint:
      "A username of 3 to 64 letters, digits, . _ or -, and a password of at least 8 characters.",
  },
] as const satisfies readonly { value: Mode; label: string; busy: string; hint: string }[];

export function LoginCard() {
  const mode = useSignal<Mode>("login");
  const failure = useSignal<string | undefined>(undefined);
  const sending = useSignal(false);
  const shown = useSignal(false);
  const capsLock = useSignal(false);
  const notice = useRef<HTMLParagraphElement>(null);
  const tabs = useRef<HTMLDivElement>(null);

  useEffect(() => {
    if (maybeSignedIn()) {
      refresh().then(() => location.replace("/app"), (error: unknown) => {
        // Signing in by hand is what this page is for.
        if (!(error instanceof ApiError) && !(error instanceof NetworkError)) throw error;
      });
    }
  }, []);

  const current = MODES.find(({ value }) => value === mode.value) ?? MODES[0];

  function choose(next: Mode): void {
    mode.value = next;
    failure.value = undefined;
  }

  /** Arrow keys move between tabs, as in any tab list. */
  function onTabKey(event: KeyboardEvent): void {
    if (event.key !== "ArrowLeft" && event.key !== "ArrowRight") return;
    const other = mode.value === "login" ? "register" : "login";
    choose(other);
    tabs.current?.querySelector<HTMLElement>(`#tab-${other}`)?.focus();
  }

  async function onSubmit(event: SubmitEvent): Promise<void> {
    event.preventDefault();
    if (sending.value) return;
    const form = new FormData(event.currentTarget as HTMLFormElement);
    const username = String(form.get("username") ?? "").trim();
    const password = String(form.get("password") ?? "");
    failure.value = check(username, password, mode.value);
    if (failure.value === undefined) {
      sending.value = true;
      try {
        await enter(mode.value, { username, password });
        location.assign("/app");
        return;
      } catch (error) {
        failure.value = explain(error);
      }
      sending.value = false;
    }
    notice.current?.focus();
  }

  const failed = failure.value !== undefined;
  return (
    <main class="login-card">
      <div class="login-top">
        <Brand />
        <ThemeSwitch />
      </div>
      <h1>One list, many hands</h1>
      <noscript>
        <p class="notice notice-error">
          Signing in needs JavaScript. Allow it for this page in the browser’s settings and reload.
        </p>
      </noscript>
      <div class="tab-list" role="tablist" aria-label="Account" ref={tabs} onKeyDown={onTabKey}>
        {MODES.map(({ value, label }) => (
          <button
            key={value}
            type="button"
            role="tab"
            id={`tab-${value}`}
            aria-selected={mode.value === value}
            aria-controls="login-panel"
            tabIndex={mode.value === value ? 0 : -1}
            onClick={() => choose(value)}
          >
            {label}
          </button>
        ))}
      </div>
      <div id="login-panel" role="tabpanel" aria-labelledby={`tab-${mode.value}`}>
        {/* Sent without the scripts, a form of this method closes dialogs: here it does nothing. */}
        <form method="dialog" noValidate onSubmit={onSubmit}>
          <p
            ref={notice}
            id="login-notice"
            class={failed ? "notice notice-error" : "notice"}
            role={failed ? "alert" : undefined}
            tabIndex={-1}
          >
            {failure.value ?? current.hint}
          </p>
          <div class="field">
            <label for="username">Username</label>
            <input
              id="username"
              class="input"
              name="username"
              autocomplete="username"
              autocapitalize="none"
              spellcheck={false}
              required
              aria-invalid={failed}
              aria-describedby="login-notice"
            />
          </div>
          <div class="field">
            <div class="field-head">
              <label for="password">Password</label>
              <span class="caps" aria-live="polite">{capsLock.value ? "Caps Lock is on" : ""}</span>
            </div>
            <div class="password">
              <input
                id="password"
                class="input"
                name="password"
                {...passwordType(shown.value)}
                autocomplete={mode.value === "login" ? "current-password" : "new-password"}
                required
                aria-invalid={failed}
                aria-describedby="login-notice"
                onKeyUp={(event) => capsLock.value = event.getModifierState("CapsLock")}
                onBlur={() => capsLock.value = false}
              />
              <button
                type="button"
                class="btn btn-ghost btn-sm"
                aria-pressed={shown.value}
                aria-label="Show password"
                title={shown.value ? "Hide password" : "Show password"}
                onClick={() => shown.value = !shown.value}
              >
                <Icon name="eye" />
              </button>
            </div>
          </div>
          <button type="submit" class="btn btn-primary" disabled={sending.value}>
            {sending.value ? current.busy : mode.value === "login" ? "Sign in" : "Create account"}
          </button>
        </form>
      </div>
    </main>
  );
}

/** What is wrong before the server is asked; `undefined` when nothing is. */
function check(username: string, password: string, mode: Mode): string | undefined {
  if (username === "") return "Enter your username.";
  if (password === "") return "Enter your password.";
  if (mode === "login") return undefined;
  if (!/^[A-Za-z0-9._-]{3,64}$/.test(username)) {
    return "A username has 3 to 64 letters, digits, dots, underscores or hyphens.";
  }
  if (password.length < 8) return "A password has at least 8 characters.";
  return undefined;
}

/** Preact's types know an input by one `type`; this one changes between two. */
function passwordType(shown: boolean): { type: "password" } {
  return { type: shown ? "text" : "password" } as { type: "password" };
}
