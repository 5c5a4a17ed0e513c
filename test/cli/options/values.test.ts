import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as values from '../../../cli/src/options/values.ts';

const REFUSED = Symbol('refused');

const TABLES: [string, (text: string) => unknown, [string, unknown][]][] = [
  [
    'durationMs',
    values.durationMs,
    [
      ['500ms', 500],
      ['10s', 10_000],
      ['1.5m', 90_000],
      ['2h', 7_200_000],
      ['1d', 86_400_000],
      ['10', REFUSED],
      ['-1s', REFUSED],
      ['1w', REFUSED],
      ['', REFUSED],
    ],
  ],
  [
    'sizeBytes',
    values.sizeBytes,
    [
      ['64MB', 64_000_000],
      ['1GiB', 1_073_741_824],
      ['1.5kB', 1500],
      ['0B', 0],
      ['64', REFUSED],
      ['64Mb', REFUSED],
    ],
  ],
  [
    'positiveInteger',
    values.positiveInteger,
    [
      ['1', 1],
      ['16', 16],
      ['0', REFUSED],
      ['1.5', REFUSED],
      ['1e3', REFUSED],
      ['99999999999999999999', REFUSED],
    ],
  ],
  [
    'address',
    values.address,
    [
      ['127.0.0.1:7070', { host: '127.0.0.1', port: 7070 }],
      ['[::1]:80', { host: '::1', port: 80 }],
      [':7070', { host: '0.0.0.0', port: 7070 }],
      ['localhost:0', { host: 'localhost', port: 0 }],
      ['localhost', REFUSED],
      ['::1:80', REFUSED],
      ['localhost:70000', REFUSED],
    ],
  ],
  [
    'peerAddresses',
    values.peerAddresses,
    [
      ['a:1, b:2', ['a:1', 'b:2']],
      ['a:0', REFUSED],
      [':1', REFUSED],
      ['a:1,', REFUSED],
    ],
  ],
  [
    'redisUrl',
    values.redisUrl,
    [
      ['redis://localhost:6379', 'redis://localhost:6379'],
      ['rediss://:p@host:6380/1', 'rediss://:p@host:6380/1'],
      ['localhost:6379', REFUSED],
      ['http://localhost', REFUSED],
      ['redis://', REFUSED],
    ],
  ],
];

for (const [name, parse, cases] of TABLES) {
  test(name, () => {
    for (const [text, expected] of cases) {
      if (expected === REFUSED) assert.throws(() => parse(text), Error, text);
      else assert.deepEqual(parse(text), expected, text);
    }
  });
}

test('a wrong store address is not repeated: it may hold a password', () => {
  assert.throws(
    () => values.redisUrl('http://:hunter2@host'),
    (error: Error) => !error.message.includes('hunter2'),
  );
});
