import type { Results } from './results.ts';
import { STATE_KINDS } from './state/state-jobs.ts';

type Row = { name: string; figure: string; target: string; more: string };

const whole = (value: number) => Math.round(value).toLocaleString('en');
const ms = (value: number) => `${value.toFixed(value < 100 ? 1 : 0)} ms`;
const mega = (bytes: number) => `${Math.round(bytes / 1e6)} MB`;

/** The figures beside what they must reach, a line each. */
export function renderTable(results: Results): string {
  const rows = [...throughputRows(results), ...otherRows(results)];
  const width = (field: keyof Row) => Math.max(...rows.map((row) => row[field].length));
  const [name, figure, target] = [width('name'), width('figure'), width('target')];
  return rows
    .map((row) => `${row.name.padEnd(name)}  ${row.figure.padStart(figure)}  ${row.target.padEnd(target)}  ${row.more}`)
    .join('\n');
}

function throughputRows({ windowed, windowedSparse, stateless, ...kafka }: Results): Row[] {
  const targets = { windowed: '≥ 2,400,000', windowedSparse: '≥ 1,200,000', stateless: '≥ 2,800,000' };
  const rows = Object.entries({ windowed, windowedSparse, stateless }).flatMap(([name, result]): Row[] => {
    if (!result) return [];
    const { recordsPerSecond, pipeRecordsPerSecond, ratio, commits, longestBatchMs } = result;
    const more = `records/s; pipe ${whole(pipeRecordsPerSecond)}, ratio ${ratio.toFixed(2)} (≥ 0.70); ${commits} commits, longest batch ${ms(longestBatchMs)}`;
    return [{ name, figure: whole(recordsPerSecond), target: targets[name as keyof typeof targets], more }];
  });
  const { kafkaToKafka, kafkaToKafkaAtLeastOnce } = kafka;
  for (const [name, result] of Object.entries({ kafkaToKafka, kafkaToKafkaAtLeastOnce })) {
    if (!result) continue;
    const { recordsPerSecond, kafkajsProducerRecordsPerSecond, commits, longestBatchMs } = result;
    const more = `records/s; kafkajs producer ${whole(kafkajsProducerRecordsPerSecond)}; ${commits} commits, longest batch ${ms(longestBatchMs)}`;
    rows.push({ name, figure: whole(recordsPerSecond), target: '≥ 500,000', more });
  }
  return rows;
}

function otherRows({ latency, latencyAtLeastOnce, recovery, memory, stateSize, restore, hotKeys }: Results): Row[] {
  const rows: Row[] = [];
  for (const [name, result] of Object.entries({ latency, latencyAtLeastOnce })) {
    if (!result) continue;
    const { p50Ms, p99Ms, batches, medianBatch } = result;
    const phases = phasesText(medianBatch.phasesMs);
    rows.push({ name: `${name} p50`, figure: ms(p50Ms), target: '≤ 35 ms', more: `${batches} batches` });
    rows.push({
      name: `${name} p99`,
      figure: ms(p99Ms),
      target: '≤ 120 ms',
      more: `median batch ${ms(medianBatch.durationMs)}: ${phases}`,
    });
  }
  if (recovery) {
    const { executorMs, driverMs, executorTrialsMs, driverTrialsMs } = recovery;
    const trials = (values: readonly number[]) => `of ${values.map(ms).join(', ')}`;
    rows.push({ name: 'recovery executor', figure: ms(executorMs), target: '≤ 5 s', more: trials(executorTrialsMs) });
    rows.push({ name: 'recovery driver', figure: ms(driverMs), target: '≤ 10 s', more: trials(driverTrialsMs) });
  }
  if (memory) {
    const { executorFirstHalfMaxBytes: first, executorSecondHalfMaxBytes: second, driverMaxBytes, records } = memory;
    const more = `after ${mega(first)} in the first half of ${whole(records)} records; driver ${mega(driverMaxBytes)}, Redis ${mega(memory.redisMaxBytes)}`;
    rows.push({ name: 'memory executor', figure: mega(second), target: 'flat', more });
  }
  const targets = { keyed: '≤ 3', windowed: '≤ 1.5', join: '≤ 10' };
  for (const kind of STATE_KINDS) {
    if (!stateSize) continue;
    const { small, large, ratio } = stateSize[kind];
    const each = [small, large].map(
      ({ rows, roundMs, taskPhasesMs }) => `${ms(roundMs)} over ${whole(rows)} rows (${phasesText(taskPhasesMs)})`,
    );
    rows.push({ name: `state ${kind}`, figure: ratio.toFixed(2), target: targets[kind], more: each.join('; ') });
  }
  if (restore) {
    const { rows: count, storedBytes, executorBytes, restoreMs, startMs } = restore;
    const more = `${mega(storedBytes)} in the store, ${whole(count)} rows, ${mega(executorBytes)} of the executor that had them; ${ms(startMs)} of it to start the executor`;
    rows.push({ name: 'restore', figure: ms(restoreMs), target: '≤ 30 s', more });
  }
  for (const [name, { uniform, hot, ratio }] of Object.entries(hotKeys ?? {})) {
    const more = `${whole(hot)} records/s where nine of ten have one key, ${whole(uniform)} where all keys are alike`;
    rows.push({ name: `hot key, ${name}`, figure: ratio.toFixed(2), target: '≥ 0.8', more });
  }
  return rows;
}

export function phasesText(phases: Readonly<Record<string, number>>): string {
  return Object.entries(phases)
    .map(([phase, value]) => `${phase} ${value.toFixed(1)}`)
    .join(', ');
}
