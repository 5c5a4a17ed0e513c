import assert from 'node:assert/strict';
import { test } from 'node:test';
import { javaMajor } from './java.ts';

const SHOWN: [string, number][] = [
  ['openjdk version "17.0.15" 2025-04-15', 17],
  ['openjdk version "24" 2025-03-18', 24],
  ['java version "1.8.0_392"', 8],
  ['bash: java: command not found', 0],
];

for (const [shown, major] of SHOWN) {
  test(`${shown} is Java ${major}`, () => assert.equal(javaMajor(shown), major));
}
