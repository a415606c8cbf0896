/** Two orbits around a sun of brass. */
export function Logo({ size = 22 }: { readonly size?: number }) {
  return (
    <svg width={size} height={size} viewBox="0 0 32 32" aria-hidden="true">
      <g fill="none" stroke="currentColor" strokeWidth="1.7">
        <circle cx="16" cy="16" r="13.2" opacity=".38" />
        <circle cx="16" cy="16" r="7.6" opacity=".6" />
      </g>
      <circle cx="16" cy="16" r="3.3" fill="var(--o-brass)" />
      <circle cx="22.6" cy="12.2" r="2.2" fill="currentColor" />
      <circle cx="5.2" cy="23.6" r="2.7" fill="currentColor" />
    </svg>
  );
}
