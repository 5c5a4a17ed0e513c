import assert from 'node:assert/strict';
import { test } from 'node:test';
import { MillraceError } from '@millrace/shared/errors';
import { QUERIES } from '../../examples/nexmark/queries.ts';
import { parseNexmarkOptions } from './nexmark-options.ts';

const namesOf = (queries: string) =>
  parseNexmarkOptions(['--queries', queries])
    ?.queries.map(({ name }) => name)
    .join();

test('without options every query is checked and timed', () => {
  const options = parseNexmarkOptions([]);
  assert.deepEqual(options?.queries, QUERIES);
  assert.deepEqual(options?.parts, ['check', 'throughput']);
  assert.deepEqual([options?.events, options?.checkEvents, options?.json], [5_000_000, 200_000, false]);
});

test('queries by name and by range, in their order', () => {
  assert.equal(namesOf('q5'), 'q5');
  assert.equal(namesOf('q20-q22,q0, q21'), 'q0,q20,q21,q22');
  assert.equal(namesOf('q1-3'), 'q1,q2,q3');
  assert.equal(namesOf('q0-q22')?.split(',').length, 23);
});

test('numbers may have underscores', () => {
  const options = parseNexmarkOptions([
    '--events',
    '1_000_000',
    '--disorder',
    '0',
    '--only',
    'check',
    '--json',
    '--write',
  ]);
  assert.equal(options?.events, 1_000_000);
  assert.deepEqual([options?.parts, options?.json, options?.write], [['check'], true, true]);
});

test('help is no run', () => assert.equal(parseNexmarkOptions(['--help', '--events', 'x']), null));

for (const args of [
  '--queries q23',
  '--queries q3-q30',
  '--queries q5-q3',
  '--queries bid',
  '--queries ',
  '--only pipe',
  '--events 0',
  '--events many',
  '--rate 1.5',
  '--disorder -1',
  '--fast',
]) {
  test(`${args} is refused with the usage`, () => {
    assert.throws(
      () => parseNexmarkOptions(args.split(' ')),
      (error) =>
        error instanceof MillraceError && error.code === 'INVALID_ARGUMENT' && error.hint.includes('--queries'),
    );
  });
}
