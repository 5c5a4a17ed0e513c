import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ago, count, duration, instant, rate, shortCount, size } from '../../../cli/src/output/quantities.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

const TABLES: [string, (value: number) => string, [number, string][]][] = [
  [
    'count',
    count,
    [
      [0, '0'],
      [999, '999'],
      [1_234_567, '1,234,567'],
      [-3, '-3'],
    ],
  ],
  [
    'shortCount',
    shortCount,
    [
      [0, '0'],
      [7, '7'],
      [999, '999'],
      [999.9, '1 k'],
      [1234, '1.23 k'],
      [45_600, '45.6 k'],
      [999_900, '1 M'],
      [2.5e9, '2.5 G'],
    ],
  ],
  [
    'rate',
    rate,
    [
      [0, '0/s'],
      [1_240_000, '1.24 M/s'],
    ],
  ],
  [
    'size',
    size,
    [
      [0, '0 B'],
      [999, '999 B'],
      [1000, '1 kB'],
      [75_300, '75.3 kB'],
      [999_999, '1 MB'],
      [4.4e6, '4.4 MB'],
      [3e15, '3000 TB'],
    ],
  ],
  [
    'duration',
    duration,
    [
      [0, '0 ms'],
      [0.85, '850 µs'],
      [12.34, '12.3 ms'],
      [999.4, '999 ms'],
      [999.6, '1 s'],
      [4200, '4.2 s'],
      [MINUTE, '1 min'],
      [3 * MINUTE + 5000, '3 min 5 s'],
      [2 * HOUR + 10 * MINUTE, '2 h 10 min'],
      [76 * HOUR, '3 d 4 h'],
    ],
  ],
  [
    'ago',
    (ms) => ago(0, ms),
    [
      [-5000, 'just now'],
      [999, 'just now'],
      [42_000, '42 s ago'],
      [3 * MINUTE, '3 min ago'],
      [5 * HOUR, '5 h ago'],
      [49 * HOUR, '2 d ago'],
    ],
  ],
  [
    'instant',
    instant,
    [
      [Date.UTC(2026, 0, 2, 3, 4, 5), '2026-01-02 03:04:05'],
      [1500, '1970-01-01 00:00:01'],
    ],
  ],
];

for (const [name, render, cases] of TABLES) {
  test(name, () => {
    for (const [value, expected] of cases) assert.equal(render(value), expected, String(value));
  });
}
