// Quantities as people read them. Pure: the present moment is handed in.

const SECOND_MS = 1_000;
const MINUTE_MS = 60 * SECOND_MS;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;

/** 1234567 → `1,234,567`. */
export function count(value: number): string {
  return Math.round(value).toLocaleString('en-US');
}

const SCALES: readonly [number, string][] = [
  [1e9, ' G'],
  [1e6, ' M'],
  [1e3, ' k'],
];

/** Three significant digits: 1234567 → `1.23 M`. */
export function shortCount(value: number): string {
  const [factor, unit] = SCALES.find(([size]) => Math.abs(value) >= size * 0.9995) ?? [1, ''];
  return `${significant(value / factor)}${unit}`;
}

/** Records per second: `1.23 M/s`. */
export function rate(perSecond: number): string {
  return `${shortCount(perSecond)}/s`;
}

export { roughSize as size } from '@millrace/shared/spec';

/** `850 µs`, `12.3 ms`, `4.2 s`, `3 min 5 s`, `2 h 10 min`, `3 d 4 h`. */
export function duration(ms: number): string {
  if (ms === 0) return '0 ms';
  if (ms < 1) return `${Math.round(ms * 1000)} µs`;
  if (ms < 999.5) return `${significant(ms)} ms`;
  if (ms < MINUTE_MS) return `${significant(ms / SECOND_MS)} s`;
  if (ms < HOUR_MS) return pair(ms, MINUTE_MS, 'min', SECOND_MS, 's');
  if (ms < DAY_MS) return pair(ms, HOUR_MS, 'h', MINUTE_MS, 'min');
  return pair(ms, DAY_MS, 'd', HOUR_MS, 'h');
}

/** How long ago: `just now`, `42 s ago`, `3 min ago`. */
export function ago(atMs: number, nowMs: number): string {
  const ms = nowMs - atMs;
  if (ms < SECOND_MS) return 'just now';
  if (ms < MINUTE_MS) return `${Math.floor(ms / SECOND_MS)} s ago`;
  if (ms < HOUR_MS) return `${Math.floor(ms / MINUTE_MS)} min ago`;
  if (ms < DAY_MS) return `${Math.floor(ms / HOUR_MS)} h ago`;
  return `${Math.floor(ms / DAY_MS)} d ago`;
}

/** UTC to the second: `2026-01-02 03:04:05`. */
export function instant(ms: number): string {
  return new Date(ms).toISOString().slice(0, 19).replace('T', ' ');
}

function pair(ms: number, wholeMs: number, whole: string, restMs: number, rest: string): string {
  const wholes = Math.floor(ms / wholeMs);
  const rests = Math.floor((ms % wholeMs) / restMs);
  return rests === 0 ? `${wholes} ${whole}` : `${wholes} ${whole} ${rests} ${rest}`;
}

function significant(value: number): string {
  const digits = Math.abs(value) >= 99.95 ? 0 : Math.abs(value) >= 9.995 ? 1 : 2;
  return String(Number(value.toFixed(digits)));
}
