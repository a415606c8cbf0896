/** Ages as kubectl's columns show them, with the two largest units where one would say too little. */

const units = [
  ['y', 365 * 86_400],
  ['d', 86_400],
  ['h', 3600],
  ['m', 60],
  ['s', 1],
] as const;

/** E.g. `42s`, `5m`, `3h20m`, `2d4h`, `3d`, `1y30d`. What lies ahead counts as now. */
export function ageText(ms: number): string {
  const seconds = Math.max(0, Math.floor(ms / 1000));
  const at = units.findIndex(([, size]) => seconds >= size);
  if (at < 0) return '0s';
  const [unit, size] = units[at]!;
  const count = Math.floor(seconds / size);
  const next = units[at + 1];
  const rest = next ? Math.floor((seconds % size) / next[1]) : 0;
  // From ten on the smaller unit no longer matters.
  return rest > 0 && count < 10 ? `${count}${unit}${rest}${next![0]}` : `${count}${unit}`;
}

/** Until the text of an age that is `ms` old changes. */
export const ageStepMs = (ms: number): number => (ms < 600_000 ? 1000 : 60_000);
