const LONG = 18; // px

/** A rectangle of this shape (width / height). */
export function ShapeIcon({ ratio }: { ratio: number }) {
  const width = ratio >= 1 ? LONG : LONG * ratio;
  const height = ratio >= 1 ? LONG / ratio : LONG;
  return (
    <svg width={LONG + 2} height={LONG + 2} aria-hidden>
      <rect
        x={1 + (LONG - width) / 2}
        y={1 + (LONG - height) / 2}
        width={width}
        height={height}
        rx="2"
        fill="none"
        stroke="currentColor"
        strokeWidth="1.5"
      />
    </svg>
  );
}
