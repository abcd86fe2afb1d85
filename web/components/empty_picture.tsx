/** A quiet picture for places where there is nothing yet. */

export function EmptyPicture() {
  return (
    <svg class="empty-picture" width="168" height="104" viewBox="0 0 168 104" aria-hidden="true">
      <rect class="p-card" x="20" y="10" width="128" height="84" rx="10" />
      <circle class="p-done" cx="40" cy="32" r="7" />
      <path class="p-tick" d="m36.8 32.2 2.3 2.3 4.3-4.8" />
      <rect class="p-line" x="56" y="29" width="58" height="6" rx="3" />
      <circle class="p-ring" cx="40" cy="53" r="6.5" />
      <rect class="p-line" x="56" y="50" width="74" height="6" rx="3" />
      <circle class="p-ring" cx="40" cy="74" r="6.5" />
      <rect class="p-line" x="56" y="71" width="44" height="6" rx="3" />
      <circle class="p-person" cx="140" cy="84" r="12" />
      <circle class="p-person p-other" cx="122" cy="90" r="10" />
    </svg>
  );
}
