const BARS = '▁▂▃▄▅▆▇█';

/** One character a value, from nothing to the highest of them. */
export function sparkline(values: readonly number[]): string {
  const top = Math.max(...values, 0);
  if (top === 0) return BARS[0]!.repeat(values.length);
  return values.map((value) => BARS[Math.min(BARS.length - 1, Math.floor((value / top) * BARS.length))]).join('');
}
