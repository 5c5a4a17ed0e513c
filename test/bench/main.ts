// `npm run bench`: what DESIGN promises, measured on this machine. Nothing here is a test; no machine is the right one.
import { systemClock } from '@millrace/shared/clock';
import { MillraceError } from '@millrace/shared/errors';
import { connectKafka } from '@millrace/shared/kafka';
import { announce } from '../servers/announce.ts';
import { startKafka, startRedis } from '../servers/index.ts';
import type { BenchContext } from './bench-context.ts';
import { type BenchOptions, type Experiment, parseBenchOptions } from './bench-options.ts';
import { measureHotKeys } from './experiments/hot-keys.ts';
import { measureKafkaToKafka } from './experiments/kafka-to-kafka.ts';
import { measureLatency } from './experiments/latency.ts';
import { measureMemory } from './experiments/memory.ts';
import { measureRecovery } from './experiments/recovery.ts';
import { measureRestore } from './experiments/restore.ts';
import { measureStateSize } from './experiments/state-size.ts';
import { measureThroughput } from './experiments/throughput.ts';
import { describeMachine } from './machine.ts';
import { phasesText, renderTable } from './report.ts';
import { type Results, readResults, writeResults } from './results.ts';

/** Whatever hangs, the bench ends; its servers and roles end with it. */
const TIME_LIMIT_MS = 30 * 60_000;

const MEASURES: { [Name in Experiment]: (context: BenchContext) => Promise<Results[Name]> } = {
  windowed: (context) => measureThroughput(context, 'windowed', 'dense'),
  windowedSparse: (context) => measureThroughput(context, 'windowed', 'sparse'),
  stateless: (context) => measureThroughput(context, 'stateless', 'dense'),
  kafkaToKafka: (context) => measureKafkaToKafka(context, 'exactlyOnce'),
  kafkaToKafkaAtLeastOnce: (context) => measureKafkaToKafka(context, 'atLeastOnce'),
  latency: (context) => measureLatency(context, 'exactlyOnce'),
  latencyAtLeastOnce: (context) => measureLatency(context, 'atLeastOnce'),
  recovery: measureRecovery,
  memory: measureMemory,
  stateSize: measureStateSize,
  restore: measureRestore,
  hotKeys: measureHotKeys,
};

async function main(options: BenchOptions): Promise<void> {
  announce('starting Kafka and Redis');
  const [kafkaServer, redisServer] = await Promise.all([startKafka(), startRedis()]);
  const connection = { brokers: kafkaServer.brokers, ssl: false, sasl: null };
  const kafka = await connectKafka(connection, { clientId: 'bench', clock: systemClock });
  const context: BenchContext = { kafkaServer, redisServer, kafka, clock: systemClock, options, say: announce };
  const results: Results = {};
  try {
    for (const experiment of options.only) {
      announce(`measuring ${experiment}`);
      const result = await MEASURES[experiment](context);
      Object.assign(results, { [experiment]: result });
      console.log(renderTable({ [experiment]: result }));
      explain(experiment, result);
    }
    if (options.quick) return;
    const machine = await describeMachine(redisServer.url, systemClock.now());
    writeResults({ ...readResults(), machine, ...results });
    console.log(`\n${renderTable(results)}`);
  } finally {
    kafka.close();
    await Promise.all([kafkaServer.stop(), redisServer.stop()]);
  }
}

/** Where the time went, for whoever wants it to go elsewhere. */
function explain(experiment: Experiment, result: Results[Experiment]): void {
  const line = (name: string, values: Readonly<Record<string, number>>) =>
    announce(`${experiment}: ${name}: ${phasesText(values)}`);
  if (result && 'costs' in result) {
    line('mean batch, ms', result.phasesMs);
    line('processor time, ns a record', result.costs.processorNsPerRecord);
    line('task phases, ns a record', result.costs.taskPhaseNsPerRecord);
  }
  if (result && 'taskPhasesMs' in result) line('task phases, ms a batch', result.taskPhasesMs);
}

setTimeout(() => {
  console.error(`millrace: the bench took more than ${TIME_LIMIT_MS / 60_000} minutes`);
  process.exit(1);
}, TIME_LIMIT_MS).unref();
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => process.exit(1));

try {
  await main(parseBenchOptions(process.argv.slice(2)));
  process.exit(0);
} catch (error) {
  if (!(error instanceof MillraceError)) throw error;
  console.error(`millrace: ${error.message}\n${error.hint}`);
  process.exit(1);
}
