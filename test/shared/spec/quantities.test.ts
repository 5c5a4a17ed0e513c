import assert from 'node:assert/strict';
import { test } from 'node:test';
import { formatCount, formatDuration, formatSize, parseCount, parseDuration, parseSize } from '@millrace/shared/spec';

const tables = [
  {
    what: 'durations',
    parse: parseDuration,
    format: formatDuration,
    good: {
      '500ms': 500,
      '10s': 10_000,
      '1.5s': 1_500,
      '0.1s': 100,
      '5m': 300_000,
      '2h': 7_200_000,
      '1d': 86_400_000,
      '0ms': 0,
      ' 3 s ': 3_000,
    },
    bad: ['', '10', 's', '1 minute', '-5s', '5S', '1e3s', '0.5ms', '5s5', '1_00s', '99999999999999999d'],
  },
  {
    what: 'sizes',
    parse: parseSize,
    format: formatSize,
    good: {
      '1B': 1,
      '64KB': 64_000,
      '64KiB': 65_536,
      '512MB': 512_000_000,
      '1MiB': 1_048_576,
      '1GB': 1e9,
      '1.5GiB': 1_610_612_736,
    },
    bad: ['', '64', '64mb', '64M', 'MB', '-1MB', '1.5B'],
  },
  {
    what: 'counts',
    parse: parseCount,
    format: formatCount,
    good: {
      '0': 0,
      '5': 5,
      '5000000': 5_000_000,
      '5_000_000': 5_000_000,
      '5M': 5_000_000,
      '500k': 500_000,
      '0.5M': 500_000,
    },
    bad: ['', '5.5', '-1', '5G', '1e6', '5_0', '0x10', 'many'],
  },
];

for (const { what, parse, format, good, bad } of tables) {
  test(`${what} are read`, () => {
    for (const [text, value] of Object.entries(good)) assert.equal(parse(text), value, text);
  });
  test(`what are no ${what} is refused`, () => {
    for (const text of bad) assert.equal(parse(text), undefined, text);
  });
  test(`${what} are written so that they are read as the same`, () => {
    for (const value of [0, 1, 999, 1_000, 1_024, 60_000, 61_001, 5_000_000, 2 ** 30]) {
      assert.equal(parse(format(value)), value, format(value));
    }
  });
}
