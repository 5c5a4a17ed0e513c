import assert from 'node:assert/strict';
import type { KafkaClient } from '@millrace/shared/kafka';
import { assertSameRows, textRowOf } from '../../e2e/support/rows.ts';
import { fileSinkLines, readFileSink, readKafkaSink, readKafkaTable } from '../../e2e/support/sinks.ts';
import { readTopic } from '../../e2e/support/topics.ts';
import { type Places, WINDOW_MS } from '../jobs.ts';
import { balancesAt, type Ledger } from '../workload/ledger.ts';
import type { JobFollower } from './job-follower.ts';
import { turnoverOf } from './turnover-model.ts';

const textRowsOf = (rows: readonly object[]) => rows.map((row) => textRowOf(JSON.stringify(row)));

/** The table that the topic of balances stands for is the ledger's, and no money was made. */
export async function assertBalancesTopic(kafka: KafkaClient, places: Places, ledger: Ledger): Promise<void> {
  const rows = await readKafkaTable(kafka, places.balances);
  const balances = balancesAt(
    ledger,
    ledger.map(({ readTo }) => readTo),
  );
  const expected = [...balances].map(([account, balance]) => ({ account, ...balance }));
  assertSameRows(rows, textRowsOf(expected), 'balances in the topic');
  assert.equal(
    rows.reduce((sum, { balance }) => sum + Number(balance), 0),
    0,
    'the sum over all accounts',
  );
}

/** The receiving half of every transfer, once. */
export async function assertCreditsTopic(kafka: KafkaClient, places: Places, ledger: Ledger): Promise<void> {
  const credits = ledger.flatMap(({ entries }) => entries).filter(({ amount }) => amount > 0);
  const expected = credits.map(({ transfer, account, amount }) => ({ transfer, account, amount }));
  assertSameRows(await readKafkaSink(kafka, places.credits), textRowsOf(expected), 'credits in the topic');
}

/** The windows that are closed, once; and as many late rows as the ledger has under the logged watermarks. */
export async function assertTurnoverFiles(places: Places, job: JobFollower, ledger: Ledger): Promise<void> {
  const { closed, lateRows } = turnoverOf(job.readings, ledger);
  const expected = closed.map(({ account, startMs, turnover, entries }) => ({
    account,
    window_start: new Date(startMs),
    window_end: new Date(startMs + WINDOW_MS),
    turnover,
    entries,
  }));
  assertSameRows(await readFileSink(places.turnover, 'ndjson'), textRowsOf(expected), 'closed windows in the files');
  assert.equal(job.lateRows(), lateRows, 'late rows');
}

/** Every bad record, once, byte by byte, in the topic and in the files. */
export async function assertDeadLetters(kafka: KafkaClient, places: Places, ledger: Ledger): Promise<void> {
  const expected = textRowsOf(ledger.flatMap(({ bad }) => bad));
  const letters = {
    topic: (await readTopic(kafka, places.deadLetters)).map(({ value }) => String(value)),
    files: fileSinkLines(places.deadLetterFiles),
  };
  for (const [where, texts] of Object.entries(letters)) {
    const rows = texts.map(textRowOf).map(({ partition, offset, value }) => ({ partition, offset, value }));
    assertSameRows(rows as typeof expected, expected, `dead letters in the ${where}`);
  }
}
