import assert from 'node:assert/strict';
import { test } from 'node:test';
import { cutPieces } from '../../../driver/src/poison/cut-pieces.ts';

const range = (partition: number, from: number, until: number) => ({ source: 's', topic: 't', partition, from, until });
const textsOf = (pieces: ReturnType<typeof cutPieces>) =>
  pieces.map((piece) => piece.map(({ partition, from, until }) => `${partition}:${from}-${until}`).join(' '));

test('pieces are of about equal length and cover everything once, in order', () => {
  assert.deepEqual(textsOf(cutPieces([range(0, 10, 15), range(1, 0, 3)], 3)), ['0:10-13', '0:13-15 1:0-1', '1:1-3']);
  assert.deepEqual(textsOf(cutPieces([range(0, 7, 9)], 64)), ['0:7-8', '0:8-9']);
  assert.deepEqual(textsOf(cutPieces([range(0, 7, 7)], 64)), []);
});
