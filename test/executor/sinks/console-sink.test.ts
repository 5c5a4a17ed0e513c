import assert from 'node:assert/strict';
import test from 'node:test';
import { createConsoleSink } from '../../../executor/src/sinks/console-sink.ts';
import { contextOf, publishOf, sinkContract } from './sink-contract.ts';

const { signal } = new AbortController();
const rowsOf = (rows: unknown[][], all = rows.length, removed: number[] = []) => ({
  kind: 'rows' as const,
  rows: all,
  columns: ['k'],
  rowsJson: JSON.stringify(rows),
  removed,
});

sinkContract('console', async () => ({
  open: () => createConsoleSink('output', { rowsMax: 5 }),
  encode: async (text) => rowsOf([[text]]),
  visible: async () => null,
}));

test('shows the rows of all tasks up to the limit, and how many there are', async () => {
  const sink = createConsoleSink('output', { rowsMax: 3 });
  const prepared = [
    await sink.prepare(contextOf(4, 0), rowsOf([['a'], ['b']]), signal),
    await sink.prepare(contextOf(4, 1), rowsOf([['c'], ['d']], 90), signal),
  ];
  const { text } = await sink.publish(publishOf(4), prepared);
  assert.match(text, /Batch: 4/);
  assert.match(text, /\| c /);
  assert.doesNotMatch(text, /\| d /);
  assert.match(text, /3 of 92 rows shown/);
});

test('rows that are taken back are told from those that come', async () => {
  const sink = createConsoleSink('output', { rowsMax: 9 });
  const prepared = [
    await sink.prepare(contextOf(4, 0), rowsOf([['a']]), signal),
    await sink.prepare(contextOf(4, 1), rowsOf([['b'], ['c']], 2, [1]), signal),
  ];
  const { text } = await sink.publish(publishOf(4), prepared);
  assert.deepEqual(text.match(/\| [+-] \| . /g), ['| + | a ', '| + | b ', '| - | c ']);
});

test('a record of another shape in the commit log is STORE_CORRUPT', async () => {
  const sink = createConsoleSink('output', { rowsMax: 3 });
  const prepared = { sink: 'output', attempt: 'x', rows: 1, bytes: 1, detailJson: '{"columns":1}' };
  await assert.rejects(sink.publish(publishOf(0), [prepared]), { code: 'STORE_CORRUPT' });
});
