/** System, light or dark: three buttons of which one is pressed. */
import { type Theme, theme } from "../session/mod.ts";
import { Icon, type IconName } from "./icon.tsx";

const CHOICES: readonly { value: Theme; label: string; icon: IconName }[] = [
  { value: "system", label: "System theme", icon: "monitor" },
  { value: "light", label: "Light theme", icon: "sun" },
  { value: "dark", label: "Dark theme", icon: "moon" },
];

export function ThemeSwitch() {
  return (
    <div class="segmented" role="group" aria-label="Theme">
      {CHOICES.map(({ value, label, icon }) => (
        <button
          key={value}
          type="button"
          aria-pressed={theme.value === value}
          aria-label={label}
          title={label}
          onClick={() => theme.value = value}
        >
          <Icon name={icon} />
        </button>
      ))}
    </div>
  );
}
