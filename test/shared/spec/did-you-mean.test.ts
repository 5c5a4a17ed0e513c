import assert from 'node:assert/strict';
import { test } from 'node:test';
import { editDistance, nearest } from '@millrace/shared/spec';

test('edit distance counts insertions, deletions, substitutions and swaps', () => {
  const cases: [string, string, number][] = [
    ['', '', 0],
    ['', 'abc', 3],
    ['abc', '', 3],
    ['abc', 'abc', 0],
    ['abc', 'abd', 1],
    ['topic', 'topci', 1],
    ['kitten', 'sitting', 3],
  ];
  for (const [a, b, edits] of cases) assert.equal(editDistance(a, b), edits, `${a} → ${b}`);
});

test('the nearest word is suggested, and none when all are far', () => {
  const keys = ['startingOffsets', 'topic', 'topics', 'onBadRecord', 'ssl'];
  const cases: [string, string | undefined][] = [
    ['topik', 'topic'],
    ['starting_offsets', 'startingOffsets'],
    ['STARTINGOFFSETS', 'startingOffsets'],
    ['startingOffset', 'startingOffsets'],
    ['starting', 'startingOffsets'],
    ['onBad', 'onBadRecord'],
    ['sll', 'ssl'],
    ['banana', undefined],
    ['x', undefined],
    ['', undefined],
    ['--', undefined],
    ['t'.repeat(10_000), undefined],
  ];
  for (const [word, expected] of cases) assert.equal(nearest(word, keys), expected, word);
});
