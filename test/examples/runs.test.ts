import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { test } from 'node:test';
import { isDeepStrictEqual } from 'node:util';
import { parse } from 'yaml';
import { runCommand } from '../cli/support/run-command.ts';
import { type Cluster, startCluster, type WrittenSpec } from '../e2e/support/cluster.ts';
import { assertSameRows, type TextRow } from '../e2e/support/rows.ts';
import { readFileSink, readKafkaTable } from '../e2e/support/sinks.ts';
import type { TestJob } from '../e2e/support/test-job.ts';
import { examplePayments, largePayments, spendByUser, totalsByCountry } from './example-payments.ts';

const FOLDER = resolve(import.meta.dirname, '../../examples');
const PARTITIONS = 4;
const RECORDS = 20_000;

/** The example as it is written, but for the topic it reads and the place it writes to. */
async function submitExample(cluster: Cluster, name: string, topic: string, sink: object): Promise<TestJob> {
  const path = join(FOLDER, `${name}.yaml`);
  const { code, stderr } = await runCommand(['validate', path]);
  assert.equal(code, 0, stderr);
  const spec = parse(readFileSync(path, 'utf8')) as WrittenSpec;
  const { brokers: _source, ...source } = spec.sources.transactions as { brokers: string; topic: string };
  const written = typeof spec.sink === 'string' ? { type: spec.sink } : spec.sink;
  const { brokers: _sink, ...place } = { brokers: '', ...written };
  return cluster.submit({ ...spec, sources: { transactions: { ...source, topic } }, sink: { ...place, ...sink } });
}

test('every example does what it says', async (t) => {
  const cluster = await startCluster(t, { executors: 2, lanes: 1 });
  const topic = await cluster.createTopic(PARTITIONS);
  const output = await cluster.createTopic(PARTITIONS);
  const path = join(cluster.folder, 'large-payments');
  const jobs = await Promise.all([
    submitExample(cluster, 'large-payments', topic, { path }),
    submitExample(cluster, 'spend-by-user', topic, { topic: output }),
    submitExample(cluster, 'totals-by-country', topic, {}),
  ]);
  // Only what happens after a watcher came is told to it, and a console's table is told once.
  await Promise.all(jobs.map((job) => job.untilRunning()));
  const partitions = examplePayments(RECORDS, PARTITIONS);
  const payments = partitions.flat();
  const values = partitions.map((partition) => partition.map((payment) => JSON.stringify(payment)));
  await cluster.produce(topic, values);
  await Promise.all(jobs.map((job) => job.untilCaughtUp()));

  await cluster.part('large-payments writes the large ones to Parquet files', async () => {
    assertSameRows(await readFileSink(path, 'parquet'), largePayments(partitions));
  });
  await cluster.part('spend-by-user keeps the spend of every user and window in a topic', async () => {
    assertSameRows(await readKafkaTable(cluster.kafka, output), spendByUser(payments));
  });
  await cluster.part('totals-by-country shows all countries', async () => {
    const expected = totalsByCountry(payments);
    const { sinkText } = await jobs[2]!.watch.until('the whole table', (event) => shows(event.sinkText, expected));
    assert.match(sinkText, /country +\| +payments +\| +total +\| +largest/);
  });
  for (const { id } of jobs) assert.equal((await cluster.cli('stop', id)).code, 0);
});

/** Whether the table has exactly these rows, its columns in this order. */
function shows(table: string, rows: readonly TextRow[]): boolean {
  const lines = table.split('\n').filter((line) => line.startsWith('|'));
  const cells = lines.map((line) =>
    line
      .split('|')
      .slice(1, -1)
      .map((cell) => cell.trim())
      .join(' '),
  );
  return isDeepStrictEqual(cells.slice(1).sort(), rows.map((row) => Object.values(row).join(' ')).sort());
}
