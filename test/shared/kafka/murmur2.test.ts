import assert from 'node:assert/strict';
import { test } from 'node:test';
import { murmur2, partitionOfKey } from '@millrace/shared/kafka';

// Computed by Utils.murmur2 and toPositive(…) % 7 of kafka-clients 4.1; the first six are also in its UtilsTest.
const GOLDEN: [key: string, hash: number, partitionOf7: number][] = [
  ['21', -973932308, 3],
  ['foobar', -790332482, 0],
  ['a-little-bit-long-string', -985981536, 1],
  ['a-little-bit-longer-string', -1486304829, 0],
  ['lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8', -58897971, 3],
  ['abc', 479470107, 4],
  ['', 275646681, 2],
  ['a', -1563381124, 5],
  ['user-1', 1404122828, 3],
  ['äöü€😀', -1383571052, 6],
];

for (const [key, hash, partition] of GOLDEN) {
  test(`murmur2 of "${key}" is Java's, wherever the key lies in its buffer`, () => {
    const bytes = Buffer.from(key);
    assert.equal(murmur2(bytes), hash);
    const framed = Buffer.concat([Buffer.from('xyz'), bytes, Buffer.from('!!!!!')]);
    assert.equal(murmur2(framed, 3, 3 + bytes.length), hash);
    assert.equal(partitionOfKey(framed, 3, 3 + bytes.length, 7), partition);
  });
}
