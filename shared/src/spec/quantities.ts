// Durations, sizes and counts as people write them. Every parse returns undefined for what it does not understand;
// every format gives text that parses to the same number, but the rough one.

type Unit = readonly [name: string, factor: number];

const DURATION_UNITS: readonly Unit[] = [
  ['ms', 1],
  ['s', 1_000],
  ['m', 60_000],
  ['h', 3_600_000],
  ['d', 86_400_000],
];

const SIZE_UNITS: readonly Unit[] = [
  ['B', 1],
  ['KB', 1e3],
  ['KiB', 2 ** 10],
  ['MB', 1e6],
  ['MiB', 2 ** 20],
  ['GB', 1e9],
  ['GiB', 2 ** 30],
];

const COUNT_UNITS: readonly Unit[] = [
  ['', 1],
  ['k', 1e3],
  ['M', 1e6],
];

const NUMBER = /^(\d+(?:_\d{3})*(?:\.\d+)?)\s*([A-Za-z]*)$/;

/** Milliseconds of `500ms`, `1.5s`, `10m`, `2h`, `1d`. The unit is required. */
export const parseDuration = (text: string): number | undefined => parse(text, DURATION_UNITS);
export const formatDuration = (ms: number): string => format(ms, DURATION_UNITS);

/** Bytes of `64MB` (10⁶), `1GiB` (2³⁰) and so on. The unit is required. */
export const parseSize = (text: string): number | undefined => parse(text, SIZE_UNITS);
export const formatSize = (bytes: number): string => format(bytes, SIZE_UNITS);

const ROUGH_UNITS = ['B', 'kB', 'MB', 'GB', 'TB'] as const;

/** For reading only, to three significant digits: 75312 → `75.3 kB`. */
export function roughSize(bytes: number): string {
  let value = bytes;
  let unit = 0;
  while (Math.abs(value) >= 999.5 && unit < ROUGH_UNITS.length - 1) {
    value /= 1_000;
    unit += 1;
  }
  return `${Number(value.toPrecision(3))} ${ROUGH_UNITS[unit]}`;
}

/** `5000000`, `5_000_000`, `5M` or `500k`. */
export const parseCount = (text: string): number | undefined => parse(text, COUNT_UNITS);
export const formatCount = (count: number): string => format(count, COUNT_UNITS);

function parse(text: string, units: readonly Unit[]): number | undefined {
  const match = NUMBER.exec(text.trim());
  const unit = units.find(([name]) => name === match?.[2]);
  if (match === null || unit === undefined) return undefined;
  const value = Number(match[1]!.replaceAll('_', '')) * unit[1];
  // Decimal fractions are rarely exact in binary (0.1s is 100.00000000000001 ms in some products).
  const rounded = Math.round(value);
  return Math.abs(value - rounded) < 1e-6 && Number.isSafeInteger(rounded) ? rounded : undefined;
}

function format(value: number, units: readonly Unit[]): string {
  const fitting = units.filter(([, factor]) => value % factor === 0 && value >= factor);
  const [name, factor] = fitting.sort((a, b) => b[1] - a[1])[0] ?? units[0]!;
  return `${value / factor}${name}`;
}
