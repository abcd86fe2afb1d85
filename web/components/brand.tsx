/** The product's name and mark. */

export function Brand() {
  return (
    <span class="brand">
      <svg width="22" height="22" viewBox="0 0 24 24" aria-hidden="true">
        <rect class="brand-mark" x="1" y="1" width="22" height="22" rx="6" />
        <path
          class="brand-check"
          d="m6.5 12.5 3.6 3.6 7.4-8"
          fill="none"
          stroke-width="2.6"
          stroke-linecap="round"
          stroke-linejoin="round"
        />
      </svg>
      Todo-1M
    </span>
  );
}
