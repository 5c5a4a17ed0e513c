// `npm run nexmark`: the queries of NEXMark over events in Kafka. How fast, and whether the answers are DuckDB's.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { systemClock } from '@millrace/shared/clock';
import { MillraceError } from '@millrace/shared/errors';
import { connectKafka } from '@millrace/shared/kafka';
import { sideInputCsv } from '../../examples/nexmark/side-input.ts';
import { describeMachine } from '../bench/machine.ts';
import { announce } from '../servers/announce.ts';
import { createServerFolder, removeServerFolder, startKafka, startRedis } from '../servers/index.ts';
import { writeDocument } from './document.ts';
import { openEvents } from './events-database.ts';
import { fillEventTopic } from './fill/event-topic.ts';
import { writeEvents } from './fill/write-events.ts';
import { checkedEvents, type NexmarkContext, throughputEvents } from './nexmark-context.ts';
import { type NexmarkOptions, parseNexmarkOptions, USAGE } from './nexmark-options.ts';
import { isFine, markdownTable, textTable } from './report.ts';
import { type NexmarkResults, resultsText, settingsOf, writeResults } from './results.ts';
import { type Inputs, type QueryResult, runQuery } from './run-query.ts';

/** Whatever hangs, the run ends; its servers and roles end with it. */
const TIME_LIMIT_MS = 90 * 60_000;

async function main(options: NexmarkOptions): Promise<number> {
  announce('starting Kafka and Redis');
  const [kafkaServer, redisServer] = await Promise.all([startKafka(), startRedis()]);
  const connection = { brokers: kafkaServer.brokers, ssl: false, sasl: null };
  const kafka = await connectKafka(connection, { clientId: 'nexmark', clock: systemClock });
  const folder = createServerFolder('nexmark');
  const sideInputPath = join(folder, 'side-input.csv');
  writeFileSync(sideInputPath, sideInputCsv());
  const servers = { kafkaServer, redisServer, kafka };
  const context = { ...servers, clock: systemClock, options, folder, sideInputPath, say: announce };
  try {
    const queries = await runQueries(context);
    const machine = await describeMachine(redisServer.url, systemClock.now());
    report({ machine, settings: settingsOf(options), queries }, options);
    return queries.every(isFine) ? 0 : 1;
  } finally {
    kafka.close();
    await Promise.all([kafkaServer.stop(), redisServer.stop()]);
    removeServerFolder(folder);
  }
}

async function runQueries(context: NexmarkContext): Promise<QueryResult[]> {
  const { options, say } = context;
  const { close, ...inputs } = await prepareInputs(context);
  const results: QueryResult[] = [];
  try {
    for (const query of options.queries) {
      say(`${query.name}, ${query.title}`);
      const result = await runQuery(context, query, inputs);
      say(textTable([result]).split('\n').slice(1).join('\n'));
      results.push(result);
    }
    return results;
  } finally {
    close();
  }
}

/** Both topics, and the smaller one's events in DuckDB as well: made from the seed, not read from the topic. */
async function prepareInputs(context: NexmarkContext): Promise<Inputs & { close(): void }> {
  const { options, folder, sideInputPath } = context;
  const timed = options.parts.includes('throughput')
    ? await fillEventTopic(context, throughputEvents(context), options.events)
    : null;
  if (!options.parts.includes('check')) return { checked: null, timed, close: () => undefined };
  const generator = checkedEvents(context);
  const topic = await fillEventTopic(context, generator, options.checkEvents);
  const eventsPath = join(folder, 'events.ndjson');
  await writeEvents(eventsPath, generator, options.checkEvents);
  const { connection, close } = await openEvents(eventsPath, sideInputPath);
  return { checked: { ...topic, connection }, timed, close };
}

function report(results: NexmarkResults, { json, write }: NexmarkOptions): void {
  console.log(json ? resultsText(results) : textTable(results.queries));
  if (write) writeDocument(markdownTable(writeResults(results).queries));
}

setTimeout(() => {
  console.error(`millrace: NEXMark took more than ${TIME_LIMIT_MS / 60_000} minutes`);
  process.exit(1);
}, TIME_LIMIT_MS).unref();
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => process.exit(1));

try {
  const options = parseNexmarkOptions(process.argv.slice(2));
  if (options === null) console.log(USAGE);
  process.exit(options === null ? 0 : await main(options));
} catch (error) {
  if (!(error instanceof MillraceError)) throw error;
  console.error(`millrace: ${error.message}\n${error.hint}`);
  process.exit(2);
}
