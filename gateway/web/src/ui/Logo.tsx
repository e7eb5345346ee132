export function Logo() {
  return (
    <svg width="24" height="24" viewBox="0 0 24 24" aria-hidden>
      <circle cx="12" cy="12" r="9" fill="none" stroke="var(--accent)" strokeWidth="2.5" />
      <circle cx="12" cy="12" r="4" fill="var(--accent)" />
    </svg>
  );
}
