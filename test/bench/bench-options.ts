import { parseArgs } from 'node:util';
import { MillraceError } from '@millrace/shared/errors';

/** In the order in which they are run: latency first, before gigabytes of the others' topics wait for the disk that Redis syncs to. */
export const EXPERIMENTS = [
  'latency',
  'latencyAtLeastOnce',
  'windowed',
  'windowedSparse',
  'stateless',
  'kafkaToKafka',
  'kafkaToKafkaAtLeastOnce',
  'recovery',
  'memory',
  'stateSize',
  'restore',
  'hotKeys',
] as const;
export type Experiment = (typeof EXPERIMENTS)[number];

export type BenchOptions = {
  /** Of the dense topic; the sparse one has two thirds. */
  records: number;
  only: readonly Experiment[];
  /** Small and soon over: shows that everything runs, says little about speed. */
  quick: boolean;
  /** CPU profiles of executors go there. */
  profileFolder: string | undefined;
};

/** With batches of up to 3 M records, 22 of them after the warm-up. */
const RECORDS_DEFAULT = 90_000_000;
const RECORDS_QUICK = 4_000_000;
const RECORDS_MIN = 100_000;

export const USAGE = `npm run bench -- [options]
  --records <count>    records of the dense topic (default ${RECORDS_DEFAULT}); the sparse one has two thirds
  --only <names>       of ${EXPERIMENTS.join(', ')}; separated by commas
  --quick              ${RECORDS_QUICK} records and short spans: to see that it runs
  --cpu-prof <folder>  write CPU profiles of the executors' threads`;

/** INVALID_ARGUMENT for what it does not know. */
export function parseBenchOptions(args: readonly string[]): BenchOptions {
  const { values } = parseBenchArgs(args);
  const quick = values.quick === true;
  const records = values.records === undefined ? (quick ? RECORDS_QUICK : RECORDS_DEFAULT) : countOf(values.records);
  const only = values.only === undefined ? EXPERIMENTS : values.only.split(',').map(experimentOf);
  return { records, only, quick, profileFolder: values['cpu-prof'] };
}

function parseBenchArgs(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      options: {
        records: { type: 'string' },
        only: { type: 'string' },
        quick: { type: 'boolean' },
        'cpu-prof': { type: 'string' },
      },
    });
  } catch (cause) {
    throw new MillraceError('INVALID_ARGUMENT', (cause as Error).message, { hint: USAGE, cause });
  }
}

function countOf(text: string): number {
  const count = Number(text.replaceAll('_', ''));
  if (Number.isSafeInteger(count) && count >= RECORDS_MIN) return count;
  throw new MillraceError('INVALID_ARGUMENT', `--records: '${text}' is not a count of ${RECORDS_MIN} or more`, {
    hint: USAGE,
  });
}

function experimentOf(name: string): Experiment {
  const known = EXPERIMENTS.find((experiment) => experiment === name.trim());
  if (known) return known;
  throw new MillraceError('INVALID_ARGUMENT', `--only: there is no '${name}'`, { hint: USAGE });
}
