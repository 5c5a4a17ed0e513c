import { join } from 'node:path';

/** Topics and folders of one run: where the jobs read and write. */
export type Places = {
  ledger: string;
  balances: string;
  credits: string;
  deadLetters: string;
  turnover: string;
  deadLetterFiles: string;
};

export const placesIn = (
  folder: string,
  topics: Pick<Places, 'ledger' | 'balances' | 'credits' | 'deadLetters'>,
): Places => ({
  ...topics,
  turnover: join(folder, 'turnover'),
  deadLetterFiles: join(folder, 'dead-letters'),
});

export const WINDOW_MS = 2_000;
const SOURCE = 'entries';
const COLUMNS = { transfer: 'BIGINT', account: 'INTEGER', amount: 'BIGINT', ts: 'epoch_ms' };

const source = (places: Places, onBadRecord: unknown) => ({
  [SOURCE]: {
    topic: places.ledger,
    columns: COLUMNS,
    watermark: { column: 'ts', delay: '2s', idleTimeout: '5s' },
    onBadRecord,
  },
});

/** State that is never closed, into a topic whose last value of each key counts. */
export const balancesJob = (places: Places) => ({
  name: 'balances',
  sources: source(places, 'drop'),
  query: `SELECT account, sum(amount) AS balance, count(*) AS entries FROM ${SOURCE} GROUP BY account`,
  sink: { topic: places.balances, key: ['account'] },
  outputMode: 'update',
  trigger: 'asap',
});

/** Windows that close, late rows left out, into files. */
export const turnoverJob = (places: Places) => ({
  name: 'turnover',
  sources: source(places, { deadLetter: { file: places.deadLetterFiles } }),
  query:
    'SELECT account, window_start, window_end, sum(abs(amount)) AS turnover, count(*) AS entries ' +
    `FROM tumble(${SOURCE}, ts, INTERVAL '${WINDOW_MS / 1_000} seconds') GROUP BY account, window_start, window_end`,
  sink: { type: 'file', path: places.turnover },
  outputMode: 'append',
  trigger: 'asap',
});

/** Shorter than some pauses and outages: Kafka then aborts what is committed, and it has to be written again. */
const TRANSACTION_TIMEOUT = '8s';

/** No state: the receiving half of each transfer from topic to topic. */
export const creditsJob = (places: Places) => ({
  name: 'credits',
  sources: source(places, { deadLetter: { topic: places.deadLetters } }),
  query: `SELECT transfer, account, amount FROM ${SOURCE} WHERE amount > 0`,
  sink: { topic: places.credits, transactionTimeout: TRANSACTION_TIMEOUT },
  outputMode: 'append',
  trigger: 'asap',
});
